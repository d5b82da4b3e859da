// The point between frequent and rare classes, and costs, of a classifier re-trained on features by a formula.

import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { parseSafetensors } from "../../../engine/mod.ts";
import { NpzFile, writeNpy } from "../../../formats/numpy/mod.ts";
import { choosePoint } from "../../../train/decision/choose.ts";
import { decide } from "../../../train/decision/decide.ts";
import { predict } from "../../../train/decision/predict.ts";
import type { Summary } from "../../../train/results/records.ts";
import { everyclass, filesIn } from "../command.ts";
import { COUNTS, labelsOf, MadeUpFeatures, rowsOf, WIDTH } from "../made_up_features.ts";

const made = new MadeUpFeatures();
const CLASSES = COUNTS.length;
const validation = labelsOf([12, 12, 12]);
const [validationRows, testRows] = [rowsOf(validation, 7), rowsOf(made.test, 2)];
const floats = (rows: number, data: Float32Array, width = WIDTH) =>
  writeNpy({ shape: [rows, width], dtype: "f32", data });
const whole = (labels: readonly number[]) =>
  writeNpy({ shape: [labels.length], dtype: "i32", data: Int32Array.from(labels) });
made.write("validation.npy", floats(validation.length, validationRows));
made.write("validation-labels.npy", whole(validation));
made.write("short.npy", whole(validation.slice(1)));
made.write("beyond.npy", whole(validation.map((label) => label + 1)));
made.write("wide.npy", floats(6, new Float32Array(6 * (WIDTH + 1)), WIDTH + 1));
made.write("test.npy", floats(made.test.length, testRows));
made.write("train-one.npy", floats(3, rowsOf(made.train, 1).slice(0, 3 * WIDTH)));
made.write("costs.csv", "0,1,1\n1,0,1\n40,1,0\n");

const images = { "validation-features": "validation.npy" };
const labelled = { ...images, "validation-labels": "validation-labels.npy" };

/** The classifier of a run, with what its file tells. */
function classifierOf(run: string) {
  const { state, metadata } = parseSafetensors(Deno.readFileSync(made.path(`${run}/classifier.safetensors`)));
  const of = (name: string) => state.get(name)!.data as Float32Array;
  return { weight: of("weight"), bias: of("bias"), metadata };
}

/** Logits of rows by a linear classifier, in float64. */
function logitsOf(rows: Float32Array, { weight, bias }: { weight: Float32Array; bias: Float32Array }) {
  return Float64Array.from({ length: rows.length / WIDTH * CLASSES }, (_, i) => {
    const [row, c] = [Math.floor(i / CLASSES), i % CLASSES];
    let sum = bias[c];
    for (let k = 0; k < WIDTH; k++) sum += weight[c * WIDTH + k] * rows[row * WIDTH + k];
    return sum;
  });
}

/** Recalls of predictions of the test rows, in per cent to two decimals. */
const recallsOf = (predictions: Uint32Array) =>
  COUNTS.map((_, c) => {
    const rows = made.test.flatMap((label, i) => label === c ? [i] : []);
    return (100 * rows.filter((i) => predictions[i] === c).length / rows.length).toFixed(2);
  });

/** The recalls that a run wrote of its trained classifier. */
const recallsIn = (run: string) =>
  Deno.readTextFileSync(made.path(`${run}/recalls.csv`)).trim().split("\n").slice(1)
    .map((line) => Number(line.split(",")[4]).toFixed(2));

const summaryOf = (run: string): Summary =>
  JSON.parse(Deno.readTextFileSync(made.path(`${run}/summary.json`)));

/** Runs it, and makes sure that it ends well. */
async function ran(name: string, files: Record<string, string | null>, sets: string) {
  const finished = await everyclass(made.flags(name, files, `ensemble=null ${sets}`));
  assertEquals(finished.code, 0, finished.err);
  return finished.out;
}

await ran("plain", {}, "");

Deno.test("retrain-features: t is folded into the bias, which predicts as the run did", async () => {
  await ran("given", {}, "adjust=1.5");
  const [plain, folded] = ["plain", "given"].map(classifierOf);
  assertEquals(folded.weight, plain.weight);
  COUNTS.forEach((n, c) => assertAlmostEquals(folded.bias[c], plain.bias[c] - 1.5 * Math.log(n), 1e-5));
  assertEquals([plain, folded].map(({ metadata }) => metadata.adjusted), [undefined, "1.5"]);
  const npz = new NpzFile(Deno.readFileSync(made.path("given/classifier.npz")));
  assertEquals(npz.read("bias").data, folded.bias);
  const alone = predict(logitsOf(testRows, folded), CLASSES);
  assertEquals(recallsOf(alone), recallsIn("given"));
  assert(String(recallsIn("plain")) !== String(recallsIn("given")));
  assertEquals(summaryOf("given").point!.t, 1.5);
});

for (
  const [by, files, labels] of [["labels", labelled, validation], ["slope", images, null]] as const
) {
  Deno.test(`retrain-features: adjust: auto goes by the validation features alone, by ${by}`, async () => {
    const told = await ran(by, files, "adjust=auto");
    const members = [{ logits: logitsOf(validationRows, classifierOf("plain")) }];
    const chosen = choosePoint({ members, labels, classes: CLASSES, counts: COUNTS });
    const { point } = summaryOf(by);
    assertEquals([point!.by, point!.images], [by, validation.length]);
    assertAlmostEquals(point!.t, chosen.t, 1e-3);
    assert(chosen.t !== 0);
    assertAlmostEquals(Number(classifierOf(by).metadata.adjusted), chosen.t, 1e-3);
    assertEquals(recallsOf(predict(logitsOf(testRows, classifierOf(by)), CLASSES)), recallsIn(by));
    assertStringIncludes(told, `Adjusted by t = ${Number(point!.t.toFixed(2))}, chosen `);
  });
}

Deno.test("retrain-features: a point is chosen for a target, at a price that labels can weigh", async () => {
  await ran("priced", labelled, "adjust.t=auto adjust.target=lowest adjust.giveUp=0");
  const by = {
    members: [{ logits: logitsOf(validationRows, classifierOf("plain")) }],
    labels: validation,
    classes: CLASSES,
    counts: COUNTS,
  };
  const { t, target } = summaryOf("priced").point!;
  assertEquals([t, target], [choosePoint(by, "lowest", 0).t, "lowest"]);
});

Deno.test("retrain-features: costs judge the classifier before and after, and its file has no path", async () => {
  await ran("costly", {}, `costs=${made.path("costs.csv")}`);
  const costs = Float64Array.of(0, 1, 1, 1, 0, 1, 40, 1, 0);
  const rule = { adjust: 0, counts: null, costs };
  const dear = (classifier: { weight: Float32Array; bias: Float32Array }) =>
    recallsOf(predict(decide([{ logits: logitsOf(testRows, classifier) }], CLASSES, rule).scores, CLASSES));
  assertEquals(recallsIn("costly"), dear(classifierOf("costly")));
  assert(String(recallsIn("costly")) !== String(recallsIn("plain")));
  const head = new NpzFile(Deno.readFileSync(made.path("head.npz")));
  const [weight, bias] = ["weight", "bias"].map((name) => head.read(name).data as Float32Array);
  const before = Deno.readTextFileSync(made.path("costly/recalls.csv")).trim().split("\n").slice(1)
    .map((line) => Number(line.split(",")[3]).toFixed(2));
  assertEquals(before, dear({ weight, bias }));
  assert(!JSON.stringify(classifierOf("costly").metadata).includes(made.folder), "a path of this machine");
});

for (
  const [fault, files, sets, message] of [
    ["auto without features to choose by", {}, "adjust=auto", "give validation features with"],
    ["training features to choose by", { ...images, "validation-features": "train-one.npy" }, "adjust=auto", [
      "share 3 of 3 rows with them: the classifier knows these by heart",
    ]],
    ["test features to choose by", { "validation-features": "test.npy" }, "adjust=auto", [
      "apart from the test features",
    ]],
    ["a price without labels", images, "adjust.t=auto adjust.giveUp=2", "takes labelled images"],
    [
      "a point on a cosine head",
      { weight: null, bias: null },
      "adjust=1 head=cosine loss=ldam",
      "adjust.t takes 0 with head cosine",
    ],
    [
      "labels alone",
      { "validation-labels": "validation-labels.npy" },
      "",
      "data.validationFeatures takes a path",
    ],
    [
      "validation features of another network",
      { "validation-features": "wide.npy" },
      "",
      "current rows have 7",
    ],
    [
      "several views to choose by",
      { "validation-features": "views.npy" },
      "",
      "current are shape [2, 88, 6]",
    ],
    [
      "validation labels of other rows",
      { ...labelled, "validation-labels": "short.npy" },
      "",
      "for each of the 36 rows",
    ],
    [
      "validation labels beyond the classes",
      { ...labelled, "validation-labels": "beyond.npy" },
      "",
      "Cannot take the validation labels",
    ],
  ] as [string, Record<string, string | null>, string, string | string[]][]
) {
  Deno.test(`retrain-features refuses ${fault}, and leaves no folder`, async () => {
    const { code, err } = await everyclass(made.flags("refused", files, `ensemble=null ${sets}`.trim()));
    assertEquals(code, 1, err);
    assertStringIncludes(err, [message].flat()[0]);
    assert(!filesIn(made.folder).includes("refused"));
  });
}

Deno.test("retrain-features refuses a point beside an ensemble", async () => {
  const { code, err } = await everyclass(made.flags("both", {}, "adjust=1 ensemble.temperatureNew=1"));
  assertEquals(code, 1, err);
  assertStringIncludes(err, "set ensemble: null");
});

Deno.test("retrain-features refuses to choose where all classes have as many rows", async () => {
  const alike = labelsOf([8, 8, 8]);
  made.write("alike.npy", floats(alike.length, rowsOf(alike, 3)));
  made.write("alike-labels.npy", whole(alike));
  const files = { ...labelled, features: "alike.npy", labels: "alike-labels.npy" };
  const { code, err } = await everyclass(made.flags("refused", files, "ensemble=null adjust=auto"));
  assertEquals(code, 1, err);
  assertStringIncludes(err, "classes of different numbers of training images");
});
