// The key keep of finetune: the model that a checkpoint is taken for when it is given alone.

import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { parseSafetensors } from "../../../engine/mod.ts";
import { Classifier, evaluate } from "../../../train/mod.ts";
import { useWords } from "../../../train/run/use_words.ts";
import { modelNames } from "../../../train/verdict/judge.ts";
import { CLASSES, copyTest, folder, makeModel, retrain, run, stage1 } from "./photos.ts";

const cache = join(folder, "cache");
const checkpoint = await makeModel();
const photos = copyTest("elsewhere");
/** The checkpoint of the same run for each value of keep. */
const files = {
  after: checkpoint,
  before: await retrain(stage1, "keeps before", "keep=before"),
  ensemble: await retrain(stage1, "keeps ensemble", "keep=ensemble"),
};
const data = join(folder, "photos");

/** Every image's classes and their probabilities, by predict with these arguments. */
async function predicted(...args: string[]): Promise<unknown[]> {
  const { code, out, err } = await run("predict", photos, ...args, "--json");
  assertEquals(code, 0, err);
  return JSON.parse(out).predictions;
}

/** The label of every image that evaluate writes, and the metrics of what it measured. */
async function evaluated(...args: string[]) {
  const [labels, out] = [join(folder, "labels.txt"), join(folder, "measured")];
  const flags = ["--data", data, "--out", out, "--predictions", labels, "--json"];
  const { code, out: json, err } = await run("evaluate", ...flags, ...args);
  assertEquals(code, 0, err);
  await Deno.remove(out, { recursive: true });
  const { before, ensemble } = JSON.parse(json);
  return {
    names: Deno.readTextFileSync(labels).trimEnd().split("\n").map((i) => CLASSES[+i]),
    before,
    ensemble,
  };
}

/** Predictions by each model of the run, asked for by name. */
const by = {
  after: await predicted("--checkpoint", checkpoint, "--which", "after"),
  before: await predicted("--checkpoint", checkpoint, "--which", "before"),
  ensemble: await predicted("--checkpoint", checkpoint, "--which", "ensemble"),
};

Deno.test("--which takes each model of a checkpoint of finetune", async () => {
  assertEquals(by.before, await predicted("--checkpoint", stage1));
  assertEquals(by.after, await predicted("--checkpoint", checkpoint));
  assertEquals(by.ensemble, await predicted("--checkpoint", checkpoint, "--ensemble"));
  for (const [one, other] of [["after", "before"], ["after", "ensemble"], ["before", "ensemble"]] as const) {
    assertNotEquals(by[one], by[other]);
  }
});

Deno.test("predict, evaluate and the library take the model that a run kept from its file alone", async () => {
  const whole = parseSafetensors(Deno.readFileSync(checkpoint));
  const asked = await evaluated("--checkpoint", checkpoint, "--which", "before");
  assertEquals(asked, await evaluated("--checkpoint", files.before));
  for (const keep of modelNames) {
    const file = files[keep];
    const { state, metadata } = parseSafetensors(Deno.readFileSync(file));
    assertEquals(state, whole.state, `${keep} changes no weight`);
    const { sha256, ...told } = metadata;
    const { sha256: own, ...same } = whole.metadata;
    assertEquals(told, { ...same, ...keep !== "after" && { keep } });
    assertEquals(sha256 === own, keep === "after");
    assertEquals(await predicted("--checkpoint", file), by[keep]);
    assertEquals(await predicted("--checkpoint", file, "--ensemble"), by.ensemble);

    const { names, before, ensemble } = await evaluated("--checkpoint", file);
    assertEquals(names, (by[keep] as { class: string }[]).map((one) => one.class));
    const summary = JSON.parse(Deno.readTextFileSync(join(folder, "run/summary.json")));
    assertEquals(ensemble ?? before, summary[keep]);

    const bytes = Deno.readFileSync(file);
    for (const given of keep === "after" ? [file] : [file, bytes]) {
      const found = await evaluate({ data, checkpoint: given }, { cache });
      assertEquals(Array.from(found.predictions, (label) => CLASSES[label]), names);
      const rows = Array.from({ length: 12 }, (_, i) => found.logits.subarray(3 * i, 3 * i + 3));
      assertEquals(rows.map((row) => CLASSES[row.indexOf(Math.max(...row))]), names);
    }
    using model = await Classifier.open(bytes, { cache });
    using named = await Classifier.open(Deno.readFileSync(checkpoint), { model: keep, cache });
    using alone = await Classifier.open(bytes, { ensemble: false, cache });
    const image = Deno.readFileSync(join(photos, "00.png"));
    assertEquals(await model.classify(image), await named.classify(image));
    using single = await Classifier.open(bytes, { model: keep === "before" ? "before" : "after", cache });
    assertEquals(await alone.classify(image), await single.classify(image));
  }
});

Deno.test("the command after Use it gets the recommended model, whichever model is kept", async () => {
  for (const keep of modelNames) {
    for (const recommended of modelNames) {
      const words = await useWords(recommended, { model: files[keep], second: { keep }, checkpoint: null });
      assertEquals(words.includes("--which") || words.includes("--ensemble"), keep !== recommended);
      assertEquals(await commanded(words), by[recommended]);
    }
  }
  // A run without the second model in its file leads to the file that it began with.
  for (const keep of modelNames) {
    const words = await useWords("before", { model: "gone", second: null, checkpoint: files[keep] });
    assertEquals(await commanded(words), by.after); // a later run begins with the re-trained model
  }
  assertEquals(await useWords("before", { model: "gone", second: null, checkpoint: null }), "");
  const foreign = join(folder, "foreign.pt");
  Deno.writeTextFileSync(foreign, "another program's");
  for (const file of [foreign, join(folder, "gone.safetensors")]) {
    assertEquals(await useWords("before", { model: "gone", second: null, checkpoint: file }), "");
  }
});

/** Runs a command of `useWords`. */
function commanded(words: string): Promise<unknown[]> {
  const [, rest] = /^Use it: deno task predict PHOTOS (.*)\n$/.exec(words)!;
  return predicted(
    ...rest.split(/ (?=--)/).flatMap((flag) => {
      const [, name, value] = /^(--\w+)(?: '?(.*?)'?)?$/.exec(flag)!;
      return value === undefined ? [name] : [name, value];
    }),
  );
}

Deno.test("training goes on from the re-trained model, whichever is kept", async () => {
  const { after } = JSON.parse(Deno.readTextFileSync(join(folder, "run/summary.json")));
  await retrain(files.before, "onwards");
  assertEquals(JSON.parse(Deno.readTextFileSync(join(folder, "onwards/summary.json"))).before, after);
});

Deno.test("a model that a file does not hold is refused, and so are two choices", async () => {
  const cases: [string[], string][] = [
    [["predict", photos, "--checkpoint", stage1, "--which", "before"], "current file has one"],
    [["predict", photos, "--checkpoint", checkpoint, "--which", "both"], "it takes before, after, ensemble"],
    [["predict", photos, "--checkpoint", checkpoint, "--which", "after", "--ensemble"], "keep one"],
    [
      ["evaluate", "--data", data, "--which", "before"],
      "Cannot take the model before: it takes a checkpoint",
    ],
    [["evaluate", "--data", data, "--checkpoint", stage1, "--which", "before"], "current file has one"],
    ...["before", "ensemble"].map((keep): [string[], string] => [
      ["finetune", "--set", `keep=${keep}`],
      "keep takes after with ensemble: null, as the checkpoint then holds no other model (--set ensemble={} adds it)",
    ]),
    [["finetune", "--set", "keep=both"], "keep takes one of before, after, ensemble"],
  ];
  for (const [args, words] of cases) {
    const { code, err } = await run(...args);
    assertEquals(code, 1, words);
    assertStringIncludes(err, words);
  }
  const bytes = Deno.readFileSync(checkpoint);
  await assertRejects(
    () => Classifier.open(bytes, { model: "both" as "after" }),
    TypeError,
    "model takes one of",
  );
  await assertRejects(
    () => Classifier.open(bytes, { model: "after", ensemble: true }),
    TypeError,
    "keep one",
  );
  await assertRejects(
    () => evaluate({ data, checkpoint: bytes, model: "both" as "after" }),
    TypeError,
    "one of",
  );
});

Deno.test("a run whose stage 1 has no classifier for its classes cannot keep that classifier", async () => {
  const other = await makeOther();
  const flags = ["--data", other, "--checkpoint", stage1, "--out", join(folder, "other")];
  const keys = [
    "data.source=folder",
    "data.resize=18",
    "data.size=16",
    "network=resnet8",
    "classifier=reinit",
  ];
  const sets = [...keys, "ensemble={}", "keep=ensemble"].flatMap((key) => ["--set", key]);
  const { code, err } = await run("finetune", ...flags, ...sets);
  assertEquals(code, 1);
  assertStringIncludes(
    err,
    "Cannot keep the model ensemble: it takes a stage 1 with a classifier of these classes",
  );
});

/** The photos with a class of another name. */
async function makeOther(): Promise<string> {
  const to = join(folder, "other photos");
  for (const split of ["train", "test"]) {
    for (const [label, name] of CLASSES.entries()) {
      const target = join(to, split, label === 0 ? "pear" : name);
      await Deno.mkdir(target, { recursive: true });
      const source = join(data, split, name);
      for (const { name: file } of Deno.readDirSync(source)) {
        await Deno.copyFile(join(source, file), join(target, file));
      }
    }
  }
  assert(Deno.statSync(join(to, "train", "pear")).isDirectory);
  return to;
}
