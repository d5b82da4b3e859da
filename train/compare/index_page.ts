import { plural } from "../progress/count.ts";
import { basename } from "node:path";
import { valueAt } from "../config/schema/config_tree.ts";
import { sources } from "../report/facts.ts";
import { type Insert, type Markup, markup } from "../report/page/html.ts";
import { page } from "../report/page/page.ts";
import { formatMetric } from "../results/table.ts";
import css from "./index.css" with { type: "text" };
import { linkTo, minuteOf } from "./link.ts";
import { resultOf, type RunRecord } from "./run_record.ts";

/** A folder in the index: a whole run, or the reason why its run cannot be shown. */
export type Entry = { name: string; date: Date } & ({ run: RunRecord } | { fault: string });

const TITLE = "Runs";

/** Tells whether a page is an index of runs that was written here. */
export function isIndex(html: string): boolean {
  return html.includes(`<meta name="generator" content="everyclass">\n<title>${TITLE} · `);
}

/**
 * Writes the index of a folder's runs as one HTML file: the newest run first; on a narrow screen each run is a block.
 *
 * @param root The folder of the runs, where the page goes. @param date When the page is written.
 */
export function indexPage(root: string, entries: readonly Entry[], date: Date): string {
  const sorted = [...entries].sort((a, b) =>
    b.date.getTime() - a.date.getTime() || (a.name < b.name ? -1 : 1)
  );
  const whole = sorted.filter((entry) => "run" in entry).length;
  const others = sorted.length - whole;
  const lead = `${plural(whole, "run")} in this folder, the newest first` +
    (others > 0 ? `, and ${others} that cannot be shown.` : ".");
  return page(
    { title: TITLE, date, lead, style: css },
    markup`<section>
<div class="scroll"><table class="runs">
<thead><tr>${columns.map(({ head, text }) => markup`<th${text ? markup` class="text"` : null}>${head}</th>`)}
</tr></thead>
<tbody>
${sorted.map((entry) => rowOf(root, entry))}</tbody>
</table></div>
<p class="note">Recall of each class on the test set, in per cent: its mean, geometric mean and harmonic mean over the
classes, and the lowest, before and after training where the run began with a model.</p>
</section>
`,
  );
}

/** A column: its heading, and whether it holds words. */
const columns = [
  ...["run", "date", "command", "data", "network", "loss"].map((head) => ({ head, text: true })),
  ...["mean", "G-mean", "H-mean", "lowest", "checkpoint"].map((head) => ({ head, text: false })),
];

function rowOf(root: string, entry: Entry): Markup {
  if ("fault" in entry) {
    return markup`<tr>${cell(0, entry.name)}${cell(1, minuteOf(entry.date))}<td class="text fault" colspan="${
      columns.length - 2
    }">${entry.fault}</td></tr>\n`;
  }
  const { run, name, date } = entry;
  const result = resultOf(run);
  const number = (key: "mean" | "gmean" | "hmean") => formatMetric(result && result[key], 2);
  const lowest = formatMetric(result && result.lowest, 2);
  const from = run.before && run.after ? `${formatMetric(run.before.lowest, 2)} → ` : "";
  const cells: Insert[] = [
    linkTo(root, run.page, name),
    minuteOf(date),
    run.command ?? "–",
    dataOf(run),
    textAt(run, "network"),
    textAt(run, "loss.name"),
    number("mean"),
    number("gmean"),
    number("hmean"),
    from + lowest,
    run.checkpoint ? linkTo(root, run.checkpoint, "file") : "–",
  ];
  return markup`<tr>${cells.map((content, column) => cell(column, content))}</tr>\n`;
}

/** A cell that tells its heading too, for a narrow screen, where the head of the table is not shown. */
function cell(column: number, content: Insert): Markup {
  const { head, text } = columns[column];
  return markup`<td${text ? markup` class="text"` : null} data-head="${head}">${content}</td>`;
}

/** The data in a few words: a known set by its name, with its cut; features by their file. */
function dataOf(run: RunRecord): string {
  const features = valueAt(run.config, ["data", "features"]);
  if (typeof features === "string") return `features in ${basename(features)}`;
  const source = textAt(run, "data.source");
  const ratio = valueAt(run.config, ["data", "ratio"]);
  const name = Object.hasOwn(sources, source) ? sources[source as keyof typeof sources] : source;
  return typeof ratio === "number" && ratio !== 1 ? `${name}, ratio ${ratio}` : name;
}

function textAt({ config }: RunRecord, key: string): string {
  const value = valueAt(config, key.split("."));
  return typeof value === "string" ? value : "–";
}
