import { plural } from "../progress/count.ts";
import { groupOf } from "../results/metrics.ts";
import type { ClassRow } from "../results/records.ts";
import { formatMetric } from "../results/table.ts";
import type { ClassChange, Comparison } from "../statistics/compare.ts";
import { cell, intervalText, signed } from "./cells.ts";
import { type Insert, type Markup, markup } from "./page/html.ts";
import type { StatisticsOf } from "./whiskers.ts";

/** Number of classes in each table of the worst classes. */
const worst = 10;

/** The statistics of a table of classes. */
export interface ClassStatisticsOf {
  models: StatisticsOf;
  comparison: Comparison | null;
}

/**
 * The worst classes before and the worst after, side by side; without a model its table is left out. Where both tables
 * would list all classes, those with the biggest gains and those with the biggest losses stand there instead.
 */
export function worstClasses(
  classes: readonly ClassRow[],
  statistics: ClassStatisticsOf | null = null,
): Markup[] {
  const tested = classes.filter((row) => row.after !== null);
  const count = Math.min(worst, tested.length);
  const has = (key: "before" | "after") => classes.some((row) => row[key] !== null);
  if (listsMoves(classes)) return movedClasses(classes, statistics);
  const table = (title: string, key: "before" | "after") => {
    if (!has(key)) return [];
    const rows = [...tested].sort((a, b) => a[key]! - b[key]! || a.trainImages - b.trainImages);
    return [scrolling(classTable(title, rows.slice(0, count), false, statistics))];
  };
  const before = table(`The ${count} worst before`, "before");
  return [...before, ...table(`The ${count} worst${before.length > 0 ? " after" : ""}`, "after")];
}

/** True if gains and losses stand in place of the worst classes. */
export function listsMoves(classes: readonly ClassRow[]): boolean {
  return classes.length <= worst && classes.some(({ before, after }) => before !== null && after !== null);
}

/** The classes that rose and the classes that fell, those that moved most first. */
function movedClasses(classes: readonly ClassRow[], statistics: ClassStatisticsOf | null): Markup[] {
  const table = (title: string, sign: number) => {
    const gain = ({ before, after }: ClassRow) => sign * (after! - before!);
    const tested = classes.filter(({ before, after }) => before !== null && after !== null);
    const rows = tested.filter((row) => gain(row) > 0).sort((a, b) => gain(b) - gain(a));
    return rows.length > 0 ? [scrolling(classTable(title, rows, false, statistics))] : [];
  };
  return [...table("Biggest gains", 1), ...table("Biggest losses", -1)];
}

/** Every class in label order, folded away. */
export function allClasses(
  classes: readonly ClassRow[],
  statistics: ClassStatisticsOf | null = null,
): Markup {
  return markup`<details><summary>All ${classes.length} classes as a table</summary>
${scrolling(classTable("class", classes, true, statistics))}</details>`;
}

function scrolling(table: Markup): Markup {
  return markup`<div class="scroll" tabindex="0">${table}</div>`;
}

/** A table of classes; the full table also has labels, groups, recalls of the ensemble, precision and F1. */
function classTable(
  title: string,
  rows: readonly ClassRow[],
  isFull: boolean,
  statistics: ClassStatisticsOf | null,
): Markup {
  const has = (key: "before" | "after" | "ensemble") => rows.some((row) => row[key] !== null);
  const only = (wanted: boolean, insert: Insert) => wanted ? insert : null;
  const full = isFull;
  const [before, changed, ensemble] = [
    has("before"),
    has("before") && has("after"),
    isFull && has("ensemble"),
  ];
  const known = full && statistics !== null;
  const recall = before ? "after" : "recall";
  const heads = [
    "images",
    only(known, "test"),
    only(full, "group"),
    only(before, "before"),
    recall,
    only(ensemble, "ensemble"),
    only(changed, "change"),
    only(known && before, "precision before"),
    only(known, before ? "precision after" : "precision"),
    only(known && before, "F1 before"),
    only(known, before ? "F1 after" : "F1"),
  ].filter((head) => head !== null).map((head) => markup`<th>${head}</th>`);
  const lines = rows.map((row) => {
    const of = (model: keyof StatisticsOf) => statistics?.models[model]?.classes[row.class];
    const recallCell = (model: keyof StatisticsOf) =>
      cell(formatMetric(row[model], 2), "", intervalText(of(model)?.recall));
    const precision = (model: "before" | "after") => {
      const found = of(model)?.precision;
      return cell(formatMetric(found ? 100 * found.value : null, 2), "", intervalText(found));
    };
    const f1 = (model: "before" | "after") => {
      const found = of(model)?.f1 ?? null;
      return cell(formatMetric(found === null ? null : 100 * found, 2));
    };
    return markup`<tr>${[
      only(full, cell(row.class)),
      cell(row.name, "text"),
      cell(row.trainImages.toLocaleString("en")),
      only(known, cell((of("after")?.images ?? 0).toLocaleString("en"))),
      only(full, cell(row.group ?? groupOf(row.trainImages))),
      only(before, recallCell("before")),
      recallCell("after"),
      only(ensemble, recallCell("ensemble")),
      only(changed, changeCell(row, statistics?.comparison?.classes[row.class])),
      only(known && before, precision("before")),
      only(known, precision("after")),
      only(known && before, f1("before")),
      only(known, f1("after")),
    ]}</tr>\n`;
  });
  return markup`<table>
<thead><tr>${only(full, markup`<th>label</th>`)}<th class="text">${title}</th>${heads}</tr></thead>
<tbody>
${lines}</tbody>
</table>`;
}

/** The change of a class's recall, marked where the test images do not carry it. */
function changeCell({ before, after }: ClassRow, tested: ClassChange | undefined): Markup {
  if (before === null || after === null) return cell("–");
  const change = after - before;
  const doubt = tested?.change === "within chance"
    ? "within chance"
    : tested?.change === "unknown"
    ? `unknown: ${plural(tested.images, "test image")}`
    : null;
  return cell(signed(change, 2), change < 0 && doubt === null ? "worse" : "", doubt);
}
