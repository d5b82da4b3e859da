// `deno task retrain-features` on features by a formula: what it leaves, how it goes on, what it refuses.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseSafetensors } from "../../../engine/mod.ts";
import { parseTorch } from "../../../formats/checkpoint/mod.ts";
import { NpzFile, writeNpy } from "../../../formats/numpy/mod.ts";
import type { Summary } from "../../../train/results/records.ts";
import { beginIndex, everyclass, filesIn, isIndexed } from "../command.ts";
import { MadeUpFeatures, rowsOf, WIDTH } from "../made_up_features.ts";

const made = new MadeUpFeatures();
beginIndex(made.folder);

const textOf = (run: string, file: string) => Deno.readTextFileSync(made.path(`${run}/${file}`));
const summaryOf = (run: string): Summary => JSON.parse(textOf(run, "summary.json"));
const classifierOf = (run: string) => Deno.readFileSync(made.path(`${run}/classifier.safetensors`));

/** Runs it, and makes sure that it ends well. */
async function ran(args: readonly string[]) {
  const finished = await everyclass(args);
  assertEquals(finished.code, 0, finished.err);
  return finished;
}

Deno.test("retrain-features leaves the classifier, the verdict and the report of a run", async () => {
  const { out, err } = await ran(made.flags("run"));
  assertStringIncludes(
    err,
    "train.npy as it is, imbalance ratio 7.5: 88 training images in 3 classes of 60 to 8, 90 test images",
  );
  assertStringIncludes(err, "A classifier of 6 features from head.npz:weight, on ");
  assertMatch(out, /before .*\nafter .*\n\nRe-training .*\nRecall rose in 2 classes: 2 from /);
  assertStringIncludes(
    out,
    "Use it: weight and bias of classifier.safetensors, classifier.npz or classifier.pt, as torch.nn.Linear has them\n",
  );
  assertEquals(filesIn(made.path("run")), [
    ...["classifier.npz", "classifier.pt", "classifier.safetensors", "config.yaml", "metrics.csv"],
    ...["recalls.csv", "report.html", "summary.json"],
  ]);
  const { before, after, images, throughput } = summaryOf("run");
  assertEquals(images, { train: 88, test: 90 });
  assert(before!.lowest < after!.lowest && after!.mean > 60, JSON.stringify([before, after]));
  assert(throughput.trainImagesPerSecond! > 0);
  assertEquals(textOf("run", "recalls.csv").split("\n").length, 5);
  const report = textOf("run", "report.html");
  assertStringIncludes(report, "A classifier from head.npz:weight was trained further with");
  assertStringIncludes(report, "Confident mistakes");
  assert(!report.includes("<img"));
  assert(isIndexed(made.folder, "run"));

  const { state, metadata } = parseSafetensors(classifierOf("run"));
  const shapes = [...state].map(([name, { shape }]) => [name, shape]);
  assertEquals(shapes, [["bias", [3]], ["weight", [3, WIDTH]]]);
  assertEquals([metadata.classes, metadata.trainImages], ['["0","1","2"]', "[60,20,8]"]);
  assert(!JSON.stringify(metadata).includes(made.folder), "a path of this machine");
  const npz = new NpzFile(Deno.readFileSync(made.path("run/classifier.npz")));
  for (const [name, tensor] of state) assertEquals(npz.read(name), tensor);
  assertEquals(parseTorch(Deno.readFileSync(made.path("run/classifier.pt"))).state, state);
});

Deno.test("with ensemble set the mean of both classifiers' probabilities is measured too, and told how to get", async () => {
  const { out } = await ran(made.flags("both", {}, "ensemble={}"));
  assertMatch(out, /before .*\nafter .*\nensemble .*\n\nRe-training /);
  assertStringIncludes(
    out,
    "as torch.nn.Linear has them; the ensemble is the mean of its probabilities and of those of head.npz:weight\n",
  );
  assertEquals(summaryOf("both").after, summaryOf("run").after);
});

Deno.test("its classifier is one to begin with, and the recalls are those that it ended with", async () => {
  const own = { weight: "run/classifier.safetensors:weight", bias: "run/classifier.npz:bias" };
  await ran([...made.flags("again", own), "--json"]);
  assertEquals(summaryOf("again").before, summaryOf("run").after);
});

Deno.test("files of every form give the same run", async () => {
  const forms: Record<string, string>[] = [
    { "labels": "labels.txt" },
    { "test-features": "test.safetensors:x", "test-labels": "test.safetensors:y" },
    { "weight": "head.safetensors:weight", "bias": "head.safetensors:bias" },
  ];
  for (const [i, files] of forms.entries()) {
    await ran(made.flags(`form ${i}`, files));
    assertEquals(classifierOf(`form ${i}`), classifierOf("run"), JSON.stringify(files));
  }
  await ran([
    ...made.flags("named", { labels: "animals.txt" }),
    "--set",
    `data.names=${made.path("names.txt")}`,
  ]);
  const { state, metadata } = parseSafetensors(classifierOf("named"));
  assertEquals(state, parseSafetensors(classifierOf("run")).state);
  assertEquals(metadata.classes, '["cat","dog","owl"]');
});

Deno.test("without a weight, test features or a bias: initialised, set aside, zeros, and each is told", async () => {
  const none = { "weight": null, "bias": null, "test-features": null, "test-labels": null };
  const { err } = await ran(made.flags("bare", none, "ensemble={}"));
  assertStringIncludes(
    err,
    "There are no test features: 18 of 88 rows are set aside, 0.2 of each class by seed 0",
  );
  assertStringIncludes(err, "A classifier of 6 features drawn from seed 0");
  const { before, after, ensemble, images } = summaryOf("bare");
  assertEquals([before, ensemble, images], [null, null, { train: 70, test: 18 }]);
  assert(after!.mean > 50, JSON.stringify(after));
  await ran(made.flags("no bias", { bias: null }));
  assert(summaryOf("no bias").before!.mean !== summaryOf("run").before!.mean);
});

Deno.test("losses, samplers, heads and several views are those of finetune", async () => {
  const cosine = { weight: null, bias: null };
  await ran(made.flags("ldam", cosine, "loss=ldam head=cosine"));
  assertEquals([...parseSafetensors(classifierOf("ldam")).state.keys()], ["weight"]);
  await ran(
    made.flags("balanced", {}, "loss=ce sampler=class-balanced classifier=reinit optimizer.name=adamw"),
  );
  assert(summaryOf("balanced").before !== null);
  await ran(made.flags("views", { features: "views.npy" }));
  await ran(made.flags("view", { features: "views.npy" }, "epochs=1"));
  await ran(made.flags("one", {}, "epochs=1"));
  // The first epoch takes the first view, the second another one.
  assertEquals(parseSafetensors(classifierOf("view")).state, parseSafetensors(classifierOf("one")).state);
  assert(String(classifierOf("views")) !== String(classifierOf("run")));
});

Deno.test("Ctrl-C and --resume give the classifier of a run that was not stopped; other features are refused", async () => {
  for (const at of ["epoch 2 of 4", "A classifier of"]) {
    const run = `cut at ${at}`;
    const { code, err } = await everyclass(
      made.flags(run, { features: "views.npy" }),
      (line, send) => line.includes(at) && send("SIGINT"),
    );
    assertEquals(code, 130, err);
    assertStringIncludes(err, "deno task retrain-features --resume");
    Deno.copyFileSync(made.path("views.npy"), made.path("copy.npy"));
    const moved = await everyclass([
      "retrain-features",
      "--resume",
      made.path(run),
      "--labels",
      made.path("labels.txt"),
    ]);
    assertEquals(moved.code, 0, moved.err); // the same labels in another file
    assertEquals(classifierOf(run), classifierOf("views"));
  }
  await everyclass(made.flags("kept"), (line, send) => line.includes("epoch 2 of 4") && send("SIGINT"));
  const resume = ["retrain-features", "--resume", made.path("kept")];
  const changed = await everyclass([...resume, "--set", "loss=ce"]);
  assertStringIncludes(changed.err, 'other loss.name ("gml", not "ce")');
  const other = await everyclass([...resume, "--features", made.path("other.npy")]);
  assertStringIncludes(
    other.err,
    "the images and the checkpoint of the interrupted run, current ones are others",
  );
  assertEquals([changed.code, other.code], [1, 1]);
  await ran([...resume, "--quiet"]);
  assertEquals(classifierOf("kept"), classifierOf("run"));
});

const array = (shape: number[], data: Float32Array = new Float32Array(shape.reduce((a, b) => a * b, 1))) =>
  writeNpy({ shape, dtype: "f32", data });
const whole = (labels: number[], shape = [labels.length]) =>
  writeNpy({ shape, dtype: "i32", data: Int32Array.from(labels) });
const { train } = made;
made.write("other.npy", array([88, WIDTH], rowsOf(train, 9)));
made.write("short.npy", whole(train.slice(1)));
made.write("from-one.npy", whole(train.map((label) => label + 1)));
made.write("gap.npy", whole(train.map((label) => label === 1 ? 0 : label)));
made.write("negative.npy", whole(train.map((label) => label - 1)));
made.write("column.npy", whole(train, [88, 1]));
made.write(
  "one-hot.npy",
  whole(train.flatMap((label) => [0, 1, 2].map((k) => Number(k === label))), [88, 3]),
);
made.write("floats.npy", array([88]));
made.write("maps.npy", array([88, 2, 2, WIDTH]));
made.write("nan.npy", array([88, WIDTH], rowsOf(train, 1).fill(NaN, 60, 61)));
made.write("wide.npy", array([90, WIDTH + 1]));
made.write("many.npy", whole(made.test.map((label) => label + 1)));
made.write("turned.npy", array([WIDTH, 3]));
made.write("bias4.npy", array([4]));
made.write("cut.npy", Deno.readFileSync(made.path("train.npy")).subarray(0, -8));
made.write("text.npy", "0.5 0.25\n");
made.write("words.txt", train.map((label) => `class${label}`).join("\n"));
made.write("two.txt", "cat\ndog");

for (
  const [fault, files, sets, message] of [
    ["no labels", { labels: null }, "", "config names no labels: give them with --labels FILE"],
    ["no features", { features: null }, "", "config names no features: give them with --features FILE"],
    ["a missing file", { features: "none.npy" }, "", "none.npy: it takes a file, current path leads to none"],
    ["several arrays", { features: "test.npz" }, "", "current are features, labels: write "],
    ["an unknown array", { features: "test.npz:feature" }, "", "the nearest is features"],
    ["a file cut short", { features: "cut.npy" }, "", "current is 2104 bytes"],
    ["a text for features", { features: "text.npy" }, "", "looks like a text"],
    ["a name for a .npy file", { features: "train.npy:x" }, "", "takes no name for a .npy file"],
    ["whole numbers for features", { features: "labels.npy" }, "", "save features as floats"],
    ["maps for features", { features: "maps.npy" }, "", "take the mean over height and width"],
    ["NaN in features", { features: "nan.npy" }, "", "NaN in row 10"],
    [
      "labels of other rows",
      { labels: "short.npy" },
      "",
      "for each of the 88 rows of features, current are 87",
    ],
    [
      "labels from 1 on",
      { labels: "from-one.npy", weight: null, bias: null },
      "",
      "these seem to count from 1",
    ],
    ["a class without rows", { labels: "gap.npy" }, "", "current are none of class 1"],
    ["negative labels", { labels: "negative.npy" }, "", "current is -1 in row 0: labels count from 0"],
    ["a column of labels", { labels: "column.npy" }, "", "save labels.ravel()"],
    ["one-hot labels", { labels: "one-hot.npy" }, "", "labels.argmax(1)"],
    ["fractions for labels", { labels: "floats.npy" }, "", "labels.astype('int64')"],
    ["words without names", { labels: "words.txt" }, "", '"class0" in line 1: where labels are names'],
    [
      "words that no class has",
      { labels: "words.txt" },
      "data.names=NAMES",
      "correct the line or the list of names",
    ],
    ["too few names", { labels: "labels.txt" }, "data.names=TWO", "a weight of 3 classes, 2 names"],
    ["test features alone", { "test-labels": null }, "", "data.testLabels takes a path with testFeatures"],
    ["test features of another network", { "test-features": "wide.npy" }, "", "current rows have 7"],
    ["several views to test with", { "test-features": "views.npy" }, "", "current are shape [2, 88, 6]"],
    ["test labels beyond the classes", { "test-labels": "many.npy" }, "", "takes labels from 0 to 2"],
    ["a transposed weight", { weight: "turned.npy" }, "", "it is transposed: save weight.T"],
    ["a weight of other features", { weight: "wide.npy" }, "", "belong to other networks"],
    [
      "a bias of other classes",
      { bias: "bias4.npy" },
      "",
      "takes floats [C] for C = 3 classes, current are [4]",
    ],
    ["a bias alone", { weight: null }, "", "bias takes null without weight"],
    ["LDAM on a linear head", {}, "loss=ldam", "head takes cosine with ldam"],
    ["a key of finetune", {}, "views=2", "the config has no such key"],
  ] as [string, Record<string, string | null>, string, string][]
) {
  Deno.test(`retrain-features refuses ${fault}, and leaves no folder`, async () => {
    const named = sets.replace("NAMES", made.path("names.txt")).replace("TWO", made.path("two.txt"));
    const { code, err } = await everyclass(made.flags("refused", files, named));
    assertEquals(code, 1, err);
    assertStringIncludes(err, message);
    assert(!filesIn(made.folder).includes("refused"));
  });
}
