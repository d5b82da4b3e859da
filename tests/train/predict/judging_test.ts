// Looks, points, several models and costs, the same by evaluate, adjust, predict and the library.

import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { parseSafetensors } from "../../../engine/mod.ts";
import { Classifier } from "../../../train/mod.ts";
import { CLASSES, copyTest, folder, makeModel, retrain, run, stage1, write } from "./photos.ts";

const cache = join(folder, "cache");
const checkpoint = await makeModel();
const other = await retrain(stage1, "other", "seed=9", "epochs=4", "optimizer.lr=0.1");
const photos = copyTest("elsewhere");
const data = join(folder, "photos");
/** Training images of the classes. */
const COUNTS = [9, 5, 3];

/** The class that predict takes for every photo, and its probability. */
async function predicted(...args: string[]): Promise<{ class: string; probability: number }[]> {
  const { code, out, err } = await run("predict", photos, ...args, "--json");
  assertEquals(code, 0, err);
  return JSON.parse(out).predictions;
}

/** The class that evaluate takes for every photo, by the labels that it writes. */
async function evaluated(...args: string[]): Promise<{ names: string[]; err: string }> {
  const [labels, out] = [join(folder, "labels.txt"), join(folder, "measured")];
  const { code, err } = await run("evaluate", "--data", data, "--out", out, "--predictions", labels, ...args);
  assertEquals(code, 0, err);
  await Deno.remove(out, { recursive: true });
  return { names: Deno.readTextFileSync(labels).trimEnd().split("\n").map((i) => CLASSES[+i]), err };
}

const file = ["--checkpoint", checkpoint];

for (
  const [name, args] of [
    ["a point", ["--adjust", "2.5"]],
    ["a second look", ["--tta", "flip"]],
    ["both", ["--adjust", "-1", "--tta", "flip"]],
    ["several models", ["--model", other]],
    ["several models, looks and a point", [
      "--model",
      stage1,
      "--model",
      other,
      "--tta",
      "flip",
      "--adjust",
      "1",
    ]],
    ["costs", ["--costs", write("costs.csv", "0,9,1\n1,0,1\n20,1,0\n")]],
  ] as const
) {
  Deno.test(`predict takes the classes that evaluate takes: ${name}`, async () => {
    const { names } = await evaluated(...file, ...args);
    assertEquals((await predicted(...file, ...args)).map((one) => one.class), names);
  });
}

Deno.test("a point moves odds by t log N, several looks and models average probabilities", async () => {
  const all = async (...args: string[]) => {
    const { code, out, err } = await run("predict", photos, ...args, "--topk", "3", "--json");
    assertEquals(code, 0, err);
    const rows: { top: { name: string; probability: number }[] }[] = JSON.parse(out).predictions;
    return rows.map((row) => CLASSES.map((name) => row.top.find((one) => one.name === name)!.probability));
  };
  const plain = await all(...file);
  const adjusted = await all(...file, "--adjust", "1.5");
  plain.forEach((row, i) => {
    const odds = row.map((p, c) => p / COUNTS[c] ** 1.5);
    const sum = odds.reduce((a, b) => a + b);
    odds.forEach((value, c) => assertAlmostEquals(adjusted[i][c], value / sum, 1e-4));
  });
  const [second, both] = [await all("--checkpoint", other), await all(...file, "--model", other)];
  plain.forEach((row, i) =>
    row.forEach((p, c) => assertAlmostEquals(both[i][c], (p + second[i][c]) / 2, 1e-4))
  );
});

Deno.test("the library takes the same points, looks and costs", async () => {
  const options = { adjust: 1.5, tta: "flip", costs: { [`${CLASSES[0]}->${CLASSES[1]}`]: 30 } } as const;
  using model = await Classifier.open(Deno.readFileSync(checkpoint), { ...options, cache });
  const images = [...Deno.readDirSync(photos)].map(({ name }) => name).sort()
    .map((name) => Deno.readFileSync(join(photos, name)));
  const found = await model.classifyAll(images);
  const costs = `costs={"${CLASSES[0]}->${CLASSES[1]}": 30}`;
  const wanted = await predicted(...file, "--adjust", "1.5", "--tta", "flip", "--set", costs);
  assertEquals(found.map(([{ name }]) => name), wanted.map((one) => one.class));
});

Deno.test("adjust folds a point into a checkpoint that predicts alone as --adjust does", async () => {
  const out = join(folder, "adjusted");
  const { code, err, out: told } = await run(
    "adjust",
    "--data",
    data,
    ...file,
    "--adjust",
    "2.5",
    "--out",
    out,
  );
  assertEquals(code, 0, err);
  const written = join(out, "checkpoint.safetensors");
  assertStringIncludes(told, `Use it: deno task predict PHOTOS --checkpoint ${written}`);
  const [alone, wanted] = [
    await predicted("--checkpoint", written),
    await predicted(...file, "--adjust", "2.5"),
  ];
  assertEquals(alone.map((one) => one.class), wanted.map((one) => one.class));
  alone.forEach(({ probability }, i) => assertAlmostEquals(probability, wanted[i].probability, 1e-4));
  const { metadata } = parseSafetensors(Deno.readFileSync(written));
  assertEquals([metadata.adjusted, metadata.ensemble], ["2.5", undefined]);
  const { before, after } = JSON.parse(Deno.readTextFileSync(join(out, "summary.json")));
  assert(before.mean !== undefined && after.mean !== undefined);
  assert(Deno.readTextFileSync(join(out, "report.html")).includes("t = 2.50"));

  // Again, from what is adjusted: points add up.
  const again = join(folder, "again");
  assertEquals(
    (await run("adjust", "--data", data, "--checkpoint", written, "--adjust", "-2.5", "--out", again)).code,
    0,
  );
  const back = join(again, "checkpoint.safetensors");
  assertEquals(parseSafetensors(Deno.readFileSync(back)).metadata.adjusted, "0");
  assertEquals(await predicted("--checkpoint", back), await predicted(...file));
});

Deno.test("adjust chooses by images without labels, and tells the point", async () => {
  const flags = ["adjust", "--data", data, ...file, "--out", join(folder, "by slope")];
  const { code, err, out } = await run(...flags, "--unlabelled", photos);
  // The photos elsewhere are copies of the test images in files of their own.
  assertEquals(code, 0, err);
  assertStringIncludes(out, "by how often each class is called on 12 images");
});

Deno.test("predict --adjust auto goes by the images that it predicts", async () => {
  const { code, err } = await run("predict", photos, ...file, "--adjust", "auto", "--json");
  assertEquals(code, 0, err);
  assertStringIncludes(err, "chosen by how often each class is called on these 12 images");
});

Deno.test("a point is never chosen on training or test images, nor on nothing", async () => {
  const flags = ["adjust", "--data", data, ...file, "--out", join(folder, "refused")];
  const cases: [string[], string][] = [
    [[], "data.validationShare"],
    [["--unlabelled", join(data, "test")], "apart from the test images"],
    [["--unlabelled", join(data, "train")], "apart from the training images"],
    [["--unlabelled", folder + "/nowhere"], "nowhere"],
    [["--unlabelled", photos, "--give-up", "2"], "labelled images"],
  ];
  for (const [args, told] of cases) {
    const { code, err } = await run(...flags, ...args);
    assertEquals(code, 1, err);
    assertStringIncludes(err, told);
  }
});

Deno.test("evaluate, adjust and predict tell what calls cost, as the labels and the probabilities say", async () => {
  const matrix = [0, 9, 1, 1, 0, 1, 20, 1, 0];
  const costs = ["--costs", write("told.csv", "0,9,1\n1,0,1\n20,1,0\n")];
  const { names: likeliest } = await evaluated(...file);
  const { names: taken } = await evaluated(...file, ...costs);
  const out = join(folder, "costs");
  const { err, out: told, code } = await run("evaluate", "--data", data, "--out", out, ...file, ...costs);
  assertEquals(code, 0, err);
  const { cost, point } = JSON.parse(Deno.readTextFileSync(join(out, "summary.json")));
  const list = Deno.readTextFileSync(join(out, "test-list.txt")).trimEnd().split("\n");
  const truth = list.map((line) => Number(line.split(" ").at(-1)));
  const mean = (names: string[]) =>
    names.reduce((sum, name, i) => sum + matrix[3 * truth[i] + CLASSES.indexOf(name)], 0) / names.length;
  assertAlmostEquals(cost.taken, mean(taken), 1e-4);
  assertAlmostEquals(cost.likeliest, mean(likeliest), 1e-4);
  assertEquals(point, null);
  assertStringIncludes(told, "The classes taken cost ");
  assertStringIncludes(Deno.readTextFileSync(join(out, "report.html")), "The classes taken cost ");

  const { out: json, err: words } = await run("predict", photos, ...file, ...costs, "--topk", "3", "--json");
  const rows: { top: { name: string; probability: number }[] }[] = JSON.parse(json).predictions;
  const expected = rows.map(({ top }) =>
    Math.min(
      ...CLASSES.map((_, k) =>
        top.reduce((sum, one) => sum + one.probability * matrix[3 * CLASSES.indexOf(one.name) + k], 0)
      ),
    )
  );
  assertAlmostEquals(cost.expected, expected.reduce((a, b) => a + b) / rows.length, 1e-3);
  const [, said] = /The model expects a cost of ([\d.]+) an image/.exec(words)!;
  assertAlmostEquals(Number(said), cost.expected, 0.01 * cost.expected);

  const adjusted = join(folder, "adjusted at costs");
  const flags = ["adjust", "--data", data, "--out", adjusted, ...file, ...costs, "--adjust", "0"];
  assertStringIncludes((await run(...flags)).out, "The classes taken cost ");
  assertEquals(JSON.parse(Deno.readTextFileSync(join(adjusted, "summary.json"))).cost, cost);
});

Deno.test("costs of other classes, and a choice by nothing, are refused before an image is looked at", async () => {
  const costs = write("few.csv", "0,1\n1,0\n");
  const measure = ["--data", data, "--out", join(folder, "x")];
  for (
    const [told, ...args] of [
      [`Cannot read the costs ${costs}: it takes a row for each of 3`, "predict", photos, "--costs", costs],
      [
        `Cannot read the costs ${costs}: it takes a row for each of 3`,
        "evaluate",
        ...measure,
        "--costs",
        costs,
      ],
      [
        `Cannot read the costs ${costs}: it takes a row for each of 3`,
        "adjust",
        ...measure,
        "--costs",
        costs,
        "--adjust",
        "0",
      ],
      ["data.validationShare", "evaluate", ...measure, "--adjust", "auto"],
    ]
  ) {
    const { code, err } = await run(...args, ...file);
    assertEquals(code, 1, err);
    assertStringIncludes(err, told);
    assert(!err.includes("images/s"), err);
  }
});
