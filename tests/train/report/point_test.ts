// The section on the operating point.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Chosen } from "../../../train/decision/choose.ts";
import { finetuneLead } from "../../../train/report/lead.ts";
import { renderReport } from "../../../train/report/run.ts";
import { newImageSet } from "../../../data/mod.ts";
import { pointOf } from "../../../train/results/rule/point.ts";
import { madeUpRun } from "./made_up_run.ts";
import { assertSelfContained } from "./page.ts";

const CAVEAT =
  "A look at the test images, not a choice: a point chosen on them would say nothing about others.";

/** The section of a made-up run, and the point that it shows; `drop`: images of class 0 that are not tested. */
async function sectionOf(t: number, chosen: Chosen | null, slope: number | null, drop = 0) {
  const classes = 10;
  const { report, labels, classNames, logits } = madeUpRun(classes, 40);
  const kept = [...labels.keys()].filter((i) => labels[i] !== 0 || i >= drop * classes);
  const test = newImageSet(kept.length, 1, 1, 1, classNames);
  test.labels.set(kept.map((i) => labels[i]));
  const rows = Float32Array.from(
    kept.flatMap((i) => [...logits.after.slice(i * classes, (i + 1) * classes)]),
  );
  const counts = Uint32Array.from(report.classes, (row) => row.trainImages);
  const dataset = { name: "x", origin: "x", train: test, test, classNames, mean: [], std: [] };
  const rule = { adjust: t, counts, costs: null };
  const point = pointOf({ dataset, counts }, [{ logits: rows }], rule, chosen, () => {})!;
  const page = await renderReport(
    {
      ...report,
      summary: { ...report.summary, point },
      slope: slope === null ? null : { slope, suggests: 0.31 },
    },
    "finetune",
    finetuneLead(report.config, report),
  );
  assertSelfContained(page, ["recalls.csv"]);
  assert(!page.includes("NaN") && !page.includes("undefined"));
  const section = page.split("<h2>Operating point</h2>")[1].split("</section>")[0].replaceAll("\n", " ");
  return { page, section, point };
}

/** Cells of the rows of a section's tables. */
const rowsOf = (section: string) =>
  section.split("<tr>").map((row) => [...row.matchAll(/<td[^>]*>([^<]*)</g)].map(([, text]) => text))
    .filter(({ length }) => length > 0);

/** The t of the rows that are marked as in use, of both tables. */
const usedIn = (section: string) =>
  [...section.matchAll(/<td class="key">([^<]*)<small>in use<\/small>/g)].map(([, t]) => t);

Deno.test("the section has the curve, the point in use, every number, and says that it is a look", async () => {
  const { section, point } = await sectionOf(0, null, null);
  assertStringIncludes(section, CAVEAT);
  assertStringIncludes(section, "In use is t = 0, which takes nothing off.");
  const row = (t: number) => {
    const { mean, hmean, lowest, accuracy } = point.curve.find((each) => each.t === t)!;
    return [String(t), ...[mean, hmean, lowest, accuracy].map((value) => value.toFixed(1))];
  };
  assertEquals(rowsOf(section), [row(0), ...point.curve.map(({ t }) => row(t))]);
  assertEquals(usedIn(section), ["0", "0"]);
  assertStringIncludes(section, ">t = 0, in use</text>");
  assert(!section.includes("Calls favour"));
  assertStringIncludes((await sectionOf(0, null, 0.4)).section, "on images like these, would be t = 0.31.");
});

Deno.test("accuracy has a line of its own only where it is not the mean recall", async () => {
  const names = (section: string) =>
    ["accuracy", "mean", "H-mean", "lowest"].filter((name) => section.includes(`>${name}</text>`));
  assertEquals(names((await sectionOf(0, null, null)).section), ["mean", "H-mean", "lowest"]);
  assertEquals(names((await sectionOf(0, null, null, 30)).section), ["accuracy", "mean", "H-mean", "lowest"]);
});

Deno.test("a chosen point says by which images, how many, and the slope before and after", async () => {
  const chosen: Chosen = {
    ...{ t: 0.7, target: "hmean", by: "labels", images: 500, slope: { before: 0.614, after: -0.021 } },
  };
  const { section } = await sectionOf(0.7, chosen, null);
  assertStringIncludes(
    section,
    "In use is t = 0.7, chosen on 500 validation images for the H-mean, by their labels; on those images the slope of " +
      "calls against training images is 0.61 at t = 0 and -0.02 at t = 0.7.",
  );
  assertEquals(rowsOf(section).slice(0, 2).map(([name]) => name), ["0", "0.7"]);
  assertEquals(usedIn(section), ["0.7", "0.7"]);
  assertStringIncludes(section, ">t = 0.7, in use</text>");
  const { section: bySlope } = await sectionOf(0.7, { ...chosen, by: "slope", target: "balanced" }, null);
  assertStringIncludes(bySlope, "by how often each class is called");
});

Deno.test("a given point between or beyond the tenths is marked too", async () => {
  for (const t of [0.123, 2.6, -3]) {
    const { section } = await sectionOf(t, null, null);
    const text = `t = ${Number(t.toFixed(2))}`;
    assertStringIncludes(section, `In use is ${text}, as the config gives it.`);
    assertStringIncludes(section, `>${text}, in use</text>`);
  }
});

Deno.test("the slope of calls is told in words, with its sign", async () => {
  for (
    const [slope, words] of [
      [0.42, "Calls favour the frequent classes: slope 0.42 (0: none)."],
      [-0.2, "Calls favour the rare classes: slope -0.20 (0: none)."],
      [0.01, "Calls favour neither the frequent nor the rare classes: slope 0.01 (0: none)."],
    ] as const
  ) {
    assertStringIncludes((await sectionOf(0, null, slope)).section, words);
  }
});

Deno.test("a report without a point has no section on it", async () => {
  const { report } = madeUpRun(10, 40);
  const page = await renderReport(report, "finetune", finetuneLead(report.config, report));
  assert(!page.includes("Operating point"));
  assertMatch((await sectionOf(0, null, null)).page, /<h2>Operating point<\/h2>/);
});
