// The sections on single test images: confusions, calibration, mistakes.

import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { EncodedImages, newImageSet } from "../../../data/mod.ts";
import { finetuneLead } from "../../../train/report/lead.ts";
import { renderReport } from "../../../train/report/run.ts";
import { mistakesSection } from "../../../train/report/sections/mistakes.ts";
import { plainRule } from "../../../train/decision/decide.ts";
import { evidenceOf, modelEvidence } from "../../../train/results/evidence.ts";
import { mistakesOf, worstMistakes } from "../../../train/results/mistakes.ts";
import { madeUpRun } from "./made_up_run.ts";
import { assertSelfContained } from "./page.ts";

/** The page of a made-up run whose test images were looked at, and what was seen. */
async function pageOf(classes: number, perClass: number, begins = true, side = 8) {
  const { report, labels, classNames, logits } = madeUpRun(classes, perClass, begins);
  const test = newImageSet(labels.length, side, side, 3, classNames);
  test.labels.set(labels);
  test.images.forEach((_, i) => test.images[i] = (i * 7) % 251);
  const evidence = await evidenceOf(
    {
      dataset: { name: "x", test, classNames: [...classNames] },
    },
    { before: logits.before && [{ logits: logits.before }], after: [{ logits: logits.after }] },
    0,
    plainRule,
    () => {},
  );
  const page = await renderReport(
    { ...report, evidence, files: ["recalls.csv", "checkpoint.safetensors"] },
    "finetune",
    finetuneLead(report.config, report),
  );
  return { page, evidence, labels };
}

const sectionOf = (page: string, heading: string) =>
  page.split(`<h2>${heading}</h2>`)[1].split("</section>")[0];

for (
  const [classes, perClass, begins] of [[1, 3, true], [3, 12, false], [10, 40, true], [60, 5, true]] as const
) {
  Deno.test(`the report of ${classes} classes ${begins ? "with" : "without"} a model before shows its images and loads nothing`, async () => {
    const { page } = await pageOf(classes, perClass, begins);
    assertSelfContained(page);
    assert(!page.includes("NaN") && !page.includes("undefined"));
    assertStringIncludes(page, "img-src data:");
    assertEquals(page.includes("The same before"), begins);
    assertStringIncludes(page, '<a href="recalls.csv">recalls.csv</a>');
  });
}

Deno.test("cells of the confusion matrix hold the shares of their rows", async () => {
  const { page, evidence, labels } = await pageOf(10, 40);
  const table = sectionOf(page, "What is taken for what").split("<table")[1].split("</table>")[0];
  const rows = table.split("<tr>").slice(2).map((row) =>
    [...row.matchAll(/<td[^>]*>([^<]*)<\/td>/g)].map(([, text]) => text)
  );
  for (let from = 0; from < 10; from++) {
    for (let to = 0; to < 10; to++) {
      const images = labels.filter((label, i) =>
        label === from && evidence.after.predictions[i] === to
      ).length;
      assertEquals(rows[from][to], images === 0 ? "" : (100 * images / 40).toFixed(0));
    }
  }
});

Deno.test("beyond 40 classes the matrix is the 20 worst rows in words", async () => {
  const { page } = await pageOf(60, 5);
  const section = sectionOf(page, "What is taken for what");
  assert(!section.includes("matrix"));
  assertEquals(section.split("<tbody>")[1].split("</tbody>")[0].match(/<tr>/g)!.length, 20);
  // Each row names the classes with their numbers of images.
  assert(/<td class="text">class \d+ \(\d+\), class \d+ \(\d+\)/.test(section));
});

Deno.test("a model's confidences are the softmax of its predicted classes, its calibration that of them", () => {
  const logits = Float32Array.of(1000, 0, 0, Math.log(3), Math.log(3), 0);
  const { confidences, predictions, calibration } = modelEvidence(
    [{ logits }],
    plainRule,
    [0, 1, 1],
    2,
    0,
    () => {},
  );
  assertEquals([...predictions], [0, 1, 0]);
  [1, 0.75, 0.75].forEach((value, i) => assertAlmostEquals(confidences[i], value, 1e-6));
  assertAlmostEquals(calibration.meanConfidence, 2.5 / 3, 1e-6);
  // The two images of 0.75 share a bin, in which one of two is right.
  assertAlmostEquals(calibration.ece.value, 0.5 / 3, 1e-6);
});

Deno.test("the mistakes shown are the most confident of the worst classes", () => {
  const labels = [0, 0, 1, 1, 1, 2];
  const found = worstMistakes(labels, {
    predictions: Uint32Array.of(0, 1, 0, 2, 1, 2),
    confidences: Float64Array.of(0.9, 0.6, 0.7, 0.8, 0.9, 0.9),
  }, 3);
  assertEquals(found.map(({ label, wrong, images }) => [label, wrong, images]), [[1, 2, 3], [0, 1, 2]]);
  assertEquals(found[0].found.map(({ index, predicted }) => [index, predicted]), [[3, 2], [2, 0]]);
});

Deno.test("pictures of mistakes stay few and small, however large the images are", async () => {
  const { evidence, page } = await pageOf(20, 12, true, 300);
  const { predicted, confidence } = evidence.mistakes!.classes[0].mistakes[0];
  assertStringIncludes(page, `<span>taken for class ${predicted}, ${(100 * confidence).toFixed(0)} %</span>`);
  const pictures = evidence.mistakes!.classes.flatMap(({ mistakes }) =>
    mistakes.map(({ picture }) => picture!)
  );
  assert(pictures.length > 20 && pictures.length <= 200);
  assert(pictures.every(({ type }) => type === "image/png"));
  assert(page.length < 2e6, String(page.length));
});

Deno.test("without an encoder the mistakes stand there without pictures, and why", () => {
  const mistake = { index: 3, predicted: 1, confidence: 0.5, path: null, picture: null };
  const classes = [{ label: 0, images: 2, wrong: 1, mistakes: [mistake] }];
  const section = mistakesSection({ classes, trouble: "no <sharp>" }, ["cat", "dog"])!.text;
  assertStringIncludes(section, "There are no pictures: no &lt;sharp&gt;");
  assertStringIncludes(section, "taken for dog, 50 %");
  assert(!section.includes("<img"));
});

Deno.test("a broken image has no picture, and a file its path below the data's folder", async () => {
  const fields = { height: 4, width: 4, channels: 3, classNames: ["a", "b"], labels: Uint32Array.of(0, 1) };
  const test = new EncodedImages({
    ...fields,
    files: ["/no/such/a/1.jpg", "/no/such/b/2.jpg"],
    ranges: null,
    shorter: null,
    maxPixels: 1e6,
    maxBroken: 0,
    cache: null,
  });
  const model = { predictions: Uint32Array.of(1, 1), confidences: Float64Array.of(0.9, 0.9) };
  const { classes, trouble } = await mistakesOf({ test, root: "/no/such", classNames: ["a", "b"] }, model);
  assertEquals(trouble, null);
  assertEquals(classes[0].mistakes, [
    { index: 0, predicted: 1, confidence: 0.9, path: "a/1.jpg", picture: null },
  ]);
});
