// Looks at the test images, and the point between frequent and rare classes.

import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type ImageSet, type MemoryImages, newImageSet } from "../../../data/mod.ts";
import { nameOf, parseSafetensors } from "../../../engine/mod.ts";
import { choosePoint } from "../../../train/decision/choose.ts";
import { decide, type Member } from "../../../train/decision/decide.ts";
import { predict } from "../../../train/decision/predict.ts";
import { imageScores } from "../../../train/features/scores.ts";
import { evidenceOf } from "../../../train/results/evidence.ts";
import { finetune } from "../../../train/finetune/finetune.ts";
import { packState } from "../../../train/saved/checkpoint.ts";
import type { State } from "../../../train/setup/setup.ts";
import { networkState, newWork, type Work } from "../../../train/saved/work.ts";
import { packWork, unpackWork } from "../../../train/saved/work_file.ts";
import { finetuneConfig } from "../../../train/config/schema/finetune.ts";
import { Problem, quiet } from "../problem.ts";

const problem = new Problem();
const { setup } = await problem.setUp();
addEventListener("unload", () => setup[Symbol.dispose]());
const { network: { classes, classifier }, counts, dataset } = setup;
const { signal } = new AbortController();

async function run(sets: string, work: Work = newWork(), on = setup) {
  const config = await problem.config(`epochs=1 views=1 workers=1 ${sets}`);
  return {
    ...await finetune(on, config, work, { progress: quiet, signal, onEpoch: () => {} }),
    ...{ work, config },
  };
}

/** The logits of images by a state. */
async function logitsOf(set: ImageSet, state: State): Promise<Float32Array> {
  const heard = { progress: quiet, signal };
  const { scores: [[logits]] } = await imageScores(setup, await problem.config(), [["e", state]], {
    set,
    tta: "none",
  }, heard);
  return logits;
}

/** The test images, turned left to right one pixel at a time. */
function turned(set: MemoryImages): MemoryImages {
  const { width, height, channels, count, classNames } = set;
  const result = newImageSet(count, height, width, channels, classNames);
  result.labels.set(set.labels);
  result.images.forEach((_, at) => {
    const x = Math.floor(at / channels) % width;
    result.images[at] = set.images[at + (width - 1 - 2 * x) * channels];
  });
  return result;
}

Deno.test("with tta: flip both models see every test image as it is and mirrored", async () => {
  const { members, after, before } = await run("tta=flip");
  const mirrored = turned(dataset.test as MemoryImages);
  const plain = await logitsOf(dataset.test, setup.stage1);
  const others = await logitsOf(mirrored, setup.stage1);
  assertEquals(members.before!.map(({ logits }) => logits), [plain, others]);
  assert(plain.some((value, i) => value !== others[i]));
  assertEquals(before!.predictions, predict(decide(members.before!, classes).scores, classes));
  assertEquals(members.after.length, 2);
  assertEquals(after.predictions, predict(decide(members.after, classes).scores, classes));
});

Deno.test("looks at test images are kept in the work file, and a run goes on with those it has", async () => {
  const { work, config, members } = await run("tta=flip");
  const again = unpackWork(packWork(work, setup, config), setup, config, "work", finetuneConfig);
  assertEquals(again.testFeatures.length, 2);
  const { members: resumed } = await run("tta=flip", again);
  assertEquals(resumed, members);
});

Deno.test("t is folded into the bias of the checkpoint, which predicts as the run did", async () => {
  const { work, rule, after, members } = await run("adjust=1.5");
  assertEquals([rule.adjust, rule.counts], [1.5, counts]);
  const state = networkState(setup.stage1, work.state);
  const [plain, folded] = [0, rule.adjust].map((adjust) => packState(state, setup, {}, { adjust }));
  const [, bias] = classifier.stored.map((tensor) => nameOf(tensor));
  const [from, to] = [plain, folded].map((bytes) =>
    parseSafetensors(bytes).state.get(bias)!.data as Float32Array
  );
  counts.forEach((n, label) => assertAlmostEquals(to[label], from[label] - 1.5 * Math.log(n), 1e-5));
  assertEquals(parseSafetensors(folded).metadata.adjusted, "1.5");
  assertEquals(parseSafetensors(plain).metadata.adjusted, undefined);

  const loaded = new Map(
    [...parseSafetensors(folded).state].map(([name, { data }]) => [name, data as Float32Array]),
  );
  const logits = await logitsOf(dataset.test, loaded);
  assertEquals(predict(logits, classes), after.predictions);
  assert(predict(members.after[0].logits, classes).some((label, i) => label !== after.predictions[i]));
});

Deno.test("adjust: auto goes by the validation images alone", async () => {
  // The test images serve as validation images here: what is chosen must be what they come to by hand.
  const on = { ...setup, validation: dataset.test };
  const { rule, chosen, members } = await run("adjust=auto", newWork(), on);
  const by = { members: members.after, labels: dataset.test.labels, classes, counts };
  assertEquals(chosen, choosePoint(by, "hmean"));
  assertEquals(rule.adjust, chosen!.t);
});

Deno.test("adjust: auto is refused without images to choose by", async () => {
  await assertRejects(() => run("adjust=auto"), RangeError, "data.validationShare");
});

Deno.test("costs judge the model before as they judge the model after", async () => {
  // A class that the model before calls becomes dear.
  const [most] = predict(await logitsOf(dataset.test, setup.stage1), classes);
  const names = dataset.classNames;
  const dear = names.filter((_, label) => label !== most).map((name) => [`${name}->${names[most]}`, 50]);
  const { before, after, members, rule } = await run(`costs=${JSON.stringify(Object.fromEntries(dear))}`);
  const called = (members: Member[], costs: Float64Array | null) =>
    predict(decide(members, classes, { adjust: 0, counts, costs }).scores, classes);
  assertEquals(before!.predictions, called(members.before!, rule.costs));
  assertEquals(after.predictions, called(members.after, rule.costs));
  assert(String(before!.predictions) !== String(called(members.before!, null)));
  const { before: shown } = await evidenceOf(setup, members, 0, rule, () => {});
  assertEquals(shown!.predictions, before!.predictions);
});

Deno.test("what could not be chosen or cost is refused before anything is trained", async () => {
  for (const sets of ["adjust=auto", "costs=nowhere.csv", 'costs={"x->y":1}']) {
    const work = newWork();
    await assertRejects(() => run(sets, work));
    assertEquals([work.epochs.length, work.testFeatures.length], [0, 0], sets);
  }
});

Deno.test("adjust takes a head with a bias, and no ensemble", async () => {
  const cases = [
    ["adjust=1 head=cosine loss=ldam", "adjust.t takes 0 with head cosine"],
  ];
  for (const [sets, told] of cases) {
    const { message } = await assertRejects(() => problem.config(sets), Error);
    assertStringIncludes(message, told);
  }
  await assertRejects(() => run("adjust=1 ensemble.temperatureNew=1"), RangeError, "set ensemble: null");
});
