import { groupOf, type Metrics } from "../results/metrics.ts";
import type { ClassRow } from "../results/records.ts";
import { type Insert, type Markup, markup } from "./page/html.ts";
import { formatMetric, metricColumns } from "../results/table.ts";

/** Number of classes in each table of the worst classes. */
const worst = 10;

/** The models of a run: the model that it began with, the trained model, both together; null for a missing model. */
export type Models = Record<"before" | "after" | "ensemble", Metrics | null>;

/** The table of before, after, the ensemble and the change, with what its columns mean. */
export function metricsMarkup({ before, after, ensemble }: Models): Markup {
  const row = (name: string, metrics: Metrics) => {
    const cells = metricColumns.map(({ key, decimals }) =>
      cell(formatMetric(metrics[key], decimals), key === "hmean" ? "key" : "")
    );
    return markup`<tr><td>${name}</td>${cells}</tr>\n`;
  };
  const change = metricColumns.map(({ key, decimals }) => {
    const [from, to] = [before?.[key] ?? null, after?.[key] ?? null];
    if (from === null || to === null) return cell("–");
    const isWorse = key === "zeroRecall" ? to > from : to < from;
    return cell(signed(to - from, decimals), isWorse ? "worse" : "");
  });
  return markup`<div class="scroll"><table>
<thead><tr><th></th>${metricColumns.map(({ head }) => markup`<th>${head}</th>`)}</tr></thead>
<tbody>
${before && row("before", before)}${after && row("after", after)}${ensemble && row("ensemble", ensemble)}
${before && markup`<tr class="change"><td>after − before</td>${change}</tr>\n`}</tbody>
</table></div>
<p class="note">Recall of each class on the test set, in per cent, and its mean, geometric mean and harmonic mean
over the classes (a recall of 0 counts as 0.1 in the last two). Zero recall: how many classes have no image right.
Many, medium, few: mean recall of the classes with more than 100, 20 to 100, and fewer than 20 training images.</p>`;
}

/** The worst classes before and the worst after, side by side; without a model its table is left out. */
export function worstClasses(classes: readonly ClassRow[]): Markup[] {
  const count = Math.min(worst, classes.length);
  const table = (title: string, key: "before" | "after") => {
    if (classes.every((row) => row[key] === null)) return [];
    const rows = [...classes].sort((a, b) => a[key]! - b[key]! || a.trainImages - b.trainImages);
    return [markup`<div class="scroll">${classTable(title, rows.slice(0, count), false)}</div>`];
  };
  const before = table(`The ${count} worst before`, "before");
  return [...before, ...table(`The ${count} worst${before.length > 0 ? " after" : ""}`, "after")];
}

/** Every class in label order, folded away. */
export function allClasses(classes: readonly ClassRow[]): Markup {
  return markup`<details><summary>All ${classes.length} classes as a table</summary>
<div class="scroll">${classTable("class", classes, true)}</div></details>`;
}

/** A table of classes; the full table also has labels, groups and recalls of the ensemble. */
function classTable(title: string, rows: readonly ClassRow[], isFull: boolean): Markup {
  const has = (key: "before" | "after" | "ensemble") => rows.some((row) => row[key] !== null);
  const only = (wanted: boolean, insert: Insert) => wanted ? insert : null;
  const [full, before, changed, ensemble] = [
    isFull,
    has("before"),
    has("before") && has("after"),
    isFull && has("ensemble"),
  ];
  const recall = before ? "after" : "recall";
  const heads = [
    "images",
    only(full, "group"),
    only(before, "before"),
    recall,
    only(ensemble, "ensemble"),
    only(changed, "change"),
  ].filter((head) => head !== null).map((head) => markup`<th>${head}</th>`);
  const lines = rows.map((row) => {
    const change = (row.after ?? 0) - (row.before ?? 0);
    return markup`<tr>${[
      only(full, cell(row.class)),
      cell(row.name, "text"),
      cell(row.trainImages.toLocaleString("en")),
      only(full, cell(groupOf(row.trainImages))),
      only(before, cell(formatMetric(row.before, 2))),
      cell(formatMetric(row.after, 2)),
      only(ensemble, cell(formatMetric(row.ensemble, 2))),
      only(changed, cell(signed(change, 2), change < 0 ? "worse" : "")),
    ]}</tr>\n`;
  });
  return markup`<table>
<thead><tr>${only(full, markup`<th>label</th>`)}<th class="text">${title}</th>${heads}</tr></thead>
<tbody>
${lines}</tbody>
</table>`;
}

function cell(content: string | number, name = ""): Markup {
  return name ? markup`<td class="${name}">${content}</td>` : markup`<td>${content}</td>`;
}

/** A difference with its sign, a true minus. */
function signed(value: number, decimals: number): string {
  const digits = Math.abs(value).toFixed(decimals);
  return Number(digits) === 0 ? digits : (value < 0 ? "−" : "+") + digits;
}
