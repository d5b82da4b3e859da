import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { finetuneLead } from "../../../train/report/lead.ts";
import { renderReport, type RunReport } from "../../../train/report/run.ts";
import type { Config } from "../../../train/config/load.ts";
import { madeUpRun } from "./made_up_run.ts";
import { assertSelfContained } from "./page.ts";

const render = (report: RunReport & { config: Config }) =>
  renderReport(report, "finetune", finetuneLead(report.config, report));

/** Vertical lines of the plot of recalls: one for each interval, in this colour. */
const linesIn = (page: string, color: string) =>
  page.match(/<svg id="recalls"[\s\S]*?<\/svg>/)![0]
    .match(new RegExp(`<path d="M[\\d.]+ [\\d.]+L[\\d.]+ [\\d.]+" [^>]*stroke="var\\(--${color}\\)"`, "g"))
    ?.length ?? 0;

Deno.test("every bar of a model has its interval, the ensemble too", async () => {
  const { report } = madeUpRun(10, 40);
  const page = await render(report);
  assertSelfContained(page);
  assertEquals([linesIn(page, "ink"), linesIn(page, "ensemble")], [20, 10]);
  const without = await render({ ...report, verdict: null });
  assertEquals([linesIn(without, "ink"), linesIn(without, "ensemble")], [0, 0]);
  const alone = await render(madeUpRun(10, 40, false).report);
  assertEquals([linesIn(alone, "ink"), linesIn(alone, "ensemble")], [10, 0]);
});

Deno.test("the table of metrics has accuracy, smoothed H, the lowest 5 %, macro F1 and the interval of each number", async () => {
  const { report, labels, predictions } = madeUpRun(10, 40);
  const page = await render(report);
  const row = page.split("<tr").find((part) => part.includes("<td>after</td>"))!;
  const { accuracy, macroF1, smoothedHmean, means } = report.verdict!.models.after;
  const right = labels.filter((label, i) => predictions.after[i] === label).length;
  for (const { value, low, high } of [accuracy, macroF1, smoothedHmean, means.lowestShare]) {
    const interval = `${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}`;
    assertStringIncludes(row, `<td>${(100 * value).toFixed(2)}<small>${interval}</small></td>`);
  }
  assertStringIncludes(row, `<td>${(100 * right / 400).toFixed(2)}<small>`);
  for (const head of ["accuracy", "smoothed H", "lowest 5 %", "macro F1"]) {
    assertStringIncludes(page, `<th>${head}</th>`);
  }
});

Deno.test("with ten classes gains and losses stand in place of the worst, each class at most once", async () => {
  const { report } = madeUpRun(10, 40);
  const page = await render(report);
  assert(!page.includes("worst before"));
  const listed = (title: string) =>
    [...page.split(`${title}</th>`)[1].split("</table>")[0].matchAll(/class="text">class (\d+)</g)]
      .map((match) => Number(match[1]));
  const [gains, losses] = [listed("Biggest gains"), listed("Biggest losses")];
  const change = (label: number) => report.classes[label].after! - report.classes[label].before!;
  assert(gains.every((label, i) => change(label) > 0 && (i === 0 || change(label) <= change(gains[i - 1]))));
  assert(
    losses.every((label, i) => change(label) < 0 && (i === 0 || change(label) >= change(losses[i - 1]))),
  );
  assertEquals(gains.length + losses.length, report.classes.filter((row) => change(row.class) !== 0).length);
  assert(losses.length > 0 && gains.length > 0);
});

Deno.test("a change that the test images do not carry is marked, and classes with few images are unknown", async () => {
  const { report } = madeUpRun(10, 40);
  const changes = report.verdict!.comparison!.classes;
  const page = await render(report);
  const section = page.split("Gains and losses</h2>")[1].split("</section>")[0];
  const marks = section.match(/<small>within chance<\/small>/g)?.length ?? 0;
  const moved = changes.filter(({ change, before, after }) => change === "within chance" && before !== after);
  assert(marks > 0 && marks < 10);
  assertEquals(marks, moved.length);
  const few = await render(madeUpRun(10, 9).report);
  assertStringIncludes(few, "<small>unknown: 9 test images</small>");
  assert(!few.split("Gains and losses</h2>")[1].split("</table>")[0].includes("within chance"));
});

Deno.test("the table of all classes has precision and F1 of both models", async () => {
  const { report } = madeUpRun(12, 40);
  const page = await render(report);
  const table = page.split("<details>")[1].split("</details>")[0];
  const heads = [...table.matchAll(/<th[^>]*>([^<]*)<\/th>/g)].map(([, head]) => head);
  const row = table.split("<tr>").find((part) => part.includes(">class 3<"))!;
  const cells = [...row.matchAll(/<td[^>]*>([^<]*)</g)].map(([, text]) => text);
  const at = (head: string) => cells[heads.indexOf(head)];
  for (const model of ["before", "after"] as const) {
    const { precision, f1 } = report.verdict!.models[model]!.classes[3];
    assertEquals(at(`precision ${model}`), (100 * precision!.value).toFixed(2));
    assertEquals(at(`F1 ${model}`), (100 * f1!).toFixed(2));
  }
  assertEquals(at("test"), "40");
});
