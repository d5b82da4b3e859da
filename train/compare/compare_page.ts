import { plural } from "../progress/count.ts";
import { dirname } from "node:path";
import { type Insert, type Markup, markup } from "../report/page/html.ts";
import { page } from "../report/page/page.ts";
import { formatSpread, type Spread } from "../reproduce/spread.ts";
import { metricColumns } from "../results/table.ts";
import css from "./compare.css" with { type: "text" };
import type { ComparedClass, Comparison, GroupResult, SpreadMetrics } from "./comparison.ts";
import { linkTo, minuteOf } from "./link.ts";

/**
 * Writes runs side by side as one HTML file: the runs, what differs in their configs, metrics, recalls of all classes.
 *
 * @param file Where the page goes: its links are relative. @param date When the page is written.
 */
export function comparePage(comparison: Comparison, file: string, date: Date): string {
  const { groups, differences, classes } = comparison;
  const runs = groups.flatMap((group) => group.runs).length;
  const isGrouped = groups.some(({ counted }) => counted.length > 1);
  const lead = plural(runs, "run") +
    (runs > groups.length
      ? `; those that differ by their seed only stand together, as ${plural(groups.length, "group")}.`
      : " side by side.");
  const spread = isGrouped
    ? markup`<p class="note">Means over the seeds of a group, with the standard deviation of the sample.</p>\n`
    : null;
  return page({ title: "Runs side by side", date, lead, style: css }, [
    section("The runs", runsTable(groups, dirname(file))),
    section("What differs", differencesTable(groups, differences)),
    section("Before and after", markup`${spreadsTable(groups)}${spread}`),
    section("Recall of every class", classesMarkup(groups, classes)),
  ]);
}

function section(heading: string, content: Markup): Markup {
  return markup`<section>
<h2>${heading}</h2>
${content}
</section>
`;
}

/** A table whose first `words` columns hold words. */
function table(words: number, head: readonly string[], rows: readonly Insert[][]): Markup {
  const kind = (column: number) => column < words ? markup` class="text"` : null;
  return markup`<div class="scroll"><table class="compare">
<thead><tr>${head.map((name, i) => markup`<th${kind(i)}>${name}</th>`)}</tr></thead>
<tbody>
${
    rows.map((row) => markup`<tr>${row.map((content, i) => markup`<td${kind(i)}>${content}</td>`)}</tr>\n`)
  }</tbody>
</table></div>
`;
}

function runsTable(groups: readonly GroupResult[], folder: string): Markup {
  const rows = groups.flatMap(({ name, runs, counted }) =>
    runs.map((run): Insert[] => [
      linkTo(folder, run.page, run.path),
      name,
      minuteOf(run.date),
      run.command ?? "–",
      `${run.seed ?? "–"}${counted.includes(run) ? "" : " again, not counted"}`,
    ])
  );
  return table(4, ["run", "stands in", "date", "command", "seed"], rows);
}

function differencesTable(
  groups: readonly GroupResult[],
  differences: Comparison["differences"],
): Markup {
  if (differences.length === 0) {
    return markup`<p>The configs are the same but for the seed, the name, threads and the timing of kernels.</p>`;
  }
  const rows = differences.map(({ key, values }): Insert[] => [key, ...values.map((value) => value ?? "–")]);
  return table(groups.length + 1, ["key", ...groups.map(({ name }) => name)], rows);
}

function spreadsTable(groups: readonly GroupResult[]): Markup {
  const row = (name: string, metrics: SpreadMetrics | null): Insert[][] =>
    metrics ? [[name, ...metricCells(metrics)]] : [];
  const rows = groups.flatMap(({ name, before, after, ensemble }) => [
    ...row(after ? `${name} before` : name, before),
    ...row(`${name} after`, after),
    ...row(`${name} ensemble`, ensemble),
  ]);
  return table(1, ["", ...metricColumns.map(({ head }) => head)], rows);
}

/** Writes the metrics of a table's row: a single run's as they are, others with their deviation. */
export function metricCells(metrics: SpreadMetrics, columns = metricColumns): string[] {
  return columns.map(({ key, decimals }) => {
    const spread = metrics[key];
    return spread?.deviation === null ? spread.mean.toFixed(decimals) : formatSpread(spread);
  });
}

function classesMarkup(groups: readonly GroupResult[], classes: readonly ComparedClass[] | null): Markup {
  if (classes === null) {
    return markup`<p>Recalls cannot stand beside each other: the runs do not have the same classes, or a run has no
recalls.csv.</p>`;
  }
  const sized = classes.some(({ trainImages }) => trainImages !== null);
  const pair = groups.length === 2;
  const head = [
    "class",
    ...sized ? ["images"] : [],
    ...groups.map(({ name }) => name),
    ...pair ? ["difference"] : [],
  ];
  const rows = classes.map(({ name, trainImages, recalls }): Insert[] => [
    name,
    ...sized ? [trainImages?.toLocaleString("en") ?? "–"] : [],
    ...recalls.map(formatSpread),
    ...pair ? [difference(recalls[0], recalls[1])] : [],
  ]);
  return markup`<p>Recall on the test set, in per cent, of the model that each run ends with.</p>
<details${
    classes.length <= 20 ? markup` open` : null
  }><summary>All ${classes.length} classes as a table</summary>
${table(1, head, rows)}</details>`;
}

/** The second mean minus the first, with its sign, a true minus. */
function difference(first: Spread, second: Spread): Markup {
  const value = second.mean - first.mean;
  const digits = Math.abs(value).toFixed(2);
  if (Number(digits) === 0) return markup`${digits}`;
  return value < 0 ? markup`<span class="worse">−${digits}</span>` : markup`+${digits}`;
}
