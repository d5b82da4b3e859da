import { plural } from "../progress/count.ts";
import type { Config } from "../config/load.ts";
import type { Line, TableSection } from "./document.ts";
import { isComparable, paper, type PaperRow, type Published, torch } from "./published.ts";
import { type Method, methods, rowId, updatedId, viewsId } from "./rows.ts";
import { formatSpread, spreadOf } from "./spread.ts";
import type { RowSummary, TableSummary } from "./table1_summary.ts";

const HEAD = ["re-training", "by", "mean", "G-mean", "H-mean", "lowest"];
const METRICS = ["mean", "gmean", "hmean", "lowest"] as const;

/** The paper's row that each method is compared with. */
const PAPER_ROWS: Partial<Record<Method, PaperRow>> = {
  "gml": "gml",
  // The paper calls it "balanced cross-entropy".
  "balanced-softmax": "re-weighting",
  "re-sampling": "re-sampling",
};

/** Makes the sections for which the table has rows. */
export function sectionsOf(summary: TableSummary, config: Config & { views: number }): TableSection[] {
  const others = isComparable(config);
  const lines = (id: string, reference: { torch?: string; paper?: PaperRow | undefined } = {}): Line[] => {
    const row = rowOf(summary, id);
    if (!row) return [];
    return [
      { cells: [row.name, "everyclass", ...ownCells(row)] },
      ...others && reference.torch ? referenceLines("PyTorch", torch[reference.torch]) : [],
      ...others && reference.paper ? referenceLines("paper", [paper[reference.paper]]) : [],
    ];
  };
  const names = Object.keys(methods) as Method[];
  const gml = rowId("gml");
  const before = METRICS.map((key) => summary.before[key].toFixed(2));
  const table = [
    { cells: ["stage 1 as it is", "everyclass", ...before] },
    ...others ? referenceLines("PyTorch", torch["stage 1"]) : [],
    ...names.flatMap((name) => lines(rowId(name), { torch: rowId(name), paper: PAPER_ROWS[name] })),
  ];
  const starts = names.flatMap((name) =>
    (["warm", "reinit"] as const).flatMap((start) => {
      const id = rowId(name, start);
      return lines(id, id === rowId(name) ? {} : { torch: id });
    })
  );
  const viewed = summary.rows.filter(({ id }) => id.startsWith(`${gml} views=`));
  const views = [
    ...viewed.flatMap(({ id }) => lines(id, { torch: id })),
    ...renamed(
      lines(gml, { torch: viewsId(config.views) }),
      `${methods.gml.name}, warm, ${plural(config.views, "view")}`,
    ),
  ];
  const ensembles = summary.rows.filter(({ id }) => id.startsWith(`${gml} ensemble=`));
  const updated = lines(updatedId);
  const all: [heading: string, text: string, lines: Line[], shown: boolean][] = [
    ["The rows of the table", tableText(others), table, true],
    [
      "Warm or anew",
      "Beginning with the stage-1 classifier (warm) or with a new one (reinit); the paper does not say which.",
      starts,
      starts.length > names.length,
    ],
    [
      "Number of stored views",
      "A view is a random crop or mirror image of every training image, whose features are computed once; the " +
      "epochs take the views in turn.",
      views,
      viewed.length > 0,
    ],
    [
      "Ensemble temperatures",
      "The mean of softmax(new / t) and softmax(stage 1 / t): t of the new model and of stage 1.",
      [...lines(gml), ...ensembles.flatMap(({ id }) => lines(id))],
      ensembles.length > 0,
    ],
    [
      "Batch-norm statistics",
      "Kept as stage 1 left them, or estimated anew on the views, which are then computed with the statistics of " +
      "each batch.",
      [...renamed(lines(gml), `${methods.gml.name}, warm, frozen statistics`), ...updated],
      updated.length > 0,
    ],
  ];
  return all.flatMap(([heading, text, lines, shown]) => shown ? [sectionOf(heading, text, lines)] : []);
}

/** Makes a section, without the column of who measured where all numbers are ours. */
function sectionOf(heading: string, text: string, lines: Line[]): TableSection {
  if (lines.some(({ isReference }) => isReference)) return { heading, text, head: HEAD, words: 2, lines };
  const own = (cells: readonly string[]) => cells.filter((_, column) => column !== 1);
  return {
    heading,
    text,
    head: own(HEAD),
    words: 1,
    lines: lines.map(({ cells }) => ({ cells: own(cells) })),
  };
}

function tableText(others: boolean): string {
  const own =
    "Recall of each class on the test set, in per cent: its mean, geometric mean and harmonic mean " +
    "over the classes (a recall of 0 counts as 0.1 in the last two), and the lowest.";
  return others
    ? `${own} The paper's re-weighting row is matched by balanced softmax; cross-entropy weighted by 1/N, the usual ` +
      "re-weighting, stands beside it. PyTorch: measured for this project with new views in every epoch, from the " +
      "cross-entropy checkpoint of dgme-syz/NOLB. Paper: Du and Wu, CVPR 2023, appendix, Table 1, from cross-entropy too."
    : own;
}

/** Finds the row with an id. */
export function rowOf({ rows }: TableSummary, id: string): RowSummary | undefined {
  return rows.find((row) => row.id === id);
}

function ownCells({ runs }: RowSummary): string[] {
  return METRICS.map((key) => formatSpread(spreadOf(runs.map((run) => run[key]))));
}

/** Makes the line of published numbers, if there are some. */
function referenceLines(by: string, runs: readonly Published[] = []): Line[] {
  if (runs.length === 0) return [];
  const cells = METRICS.map((key) => {
    const values = runs.map((run) => run[key]).filter((value) => value !== null);
    return formatSpread(values.length > 0 ? spreadOf(values) : null);
  });
  return [{ cells: ["", by, ...cells], isReference: true }];
}

function renamed([first, ...others]: Line[], name: string): Line[] {
  return [{ cells: [name, ...first.cells.slice(1)] }, ...others];
}
