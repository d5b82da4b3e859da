// Work on all images is done in blocks: with the bits of the whole, and a look for a stop in each of them.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { newImageSet } from "../../../data/mod.ts";
import { callsOf, decideBlocks } from "../../../train/decision/blocks.ts";
import { choosePoint } from "../../../train/decision/choose.ts";
import { decide, type Member, plainRule, type Rule } from "../../../train/decision/decide.ts";
import { predict } from "../../../train/decision/predict.ts";
import { judgingOf } from "../../../train/predict/judging.ts";
import { ruleBy } from "../../../train/predict/rule.ts";
import { evaluateRule } from "../../../train/results/evaluation.ts";
import { modelEvidence } from "../../../train/results/evidence.ts";
import { costOf } from "../../../train/results/rule/cost.ts";
import { pointOf, testSlope } from "../../../train/results/rule/point.ts";
import { runVerdict } from "../../../train/results/run_verdict.ts";
import { moreLabelsOf } from "../../../train/verdict/more_labels.ts";

/** Images and classes of three blocks of 2^18 values. */
const [IMAGES, CLASSES, BLOCKS] = [2700, 250, 3];
const [POINTS, DRAWS] = [41, 1000];

const classNames = Array.from({ length: CLASSES }, (_, c) => `class ${c}`);
const counts = Uint32Array.from(classNames, (_, c) => 300 - c);
const test = newImageSet(IMAGES, 1, 1, 1, classNames);
test.labels.forEach((_, i) => test.labels[i] = i % CLASSES);
const { labels } = test;
const logitsOf = (look: number) => {
  const logits = new Float32Array(IMAGES * CLASSES);
  for (let i = 0; i < logits.length; i++) logits[i] = 2 * Math.sin(0.37 * i + look * i * i);
  for (let i = 0; i < IMAGES; i++) logits[i * CLASSES + labels[i]] += 1.5;
  return logits;
};
const one: Member[] = [{ logits: logitsOf(0) }];
const two: Member[] = [...one, { logits: logitsOf(0.11), temperature: 1.7 }];
const costs = Float64Array.from({ length: CLASSES ** 2 }, (_, i) => i % (CLASSES + 1) === 0 ? 0 : 1 + i % 7);
const rules: Rule[] = [plainRule, { adjust: 0.7, counts, costs: null }, { adjust: -0.2, counts, costs }];

Deno.test("blocks of images come to the bits of all images at once", () => {
  for (const members of [one, two]) {
    for (const rule of rules) {
      const whole = decide(members, CLASSES, rule);
      const [scores, probabilities] = [0, 1].map(() => new Float64Array(IMAGES * CLASSES));
      let next = 0;
      for (const { from, to, ...part } of decideBlocks(members, CLASSES, rule)) {
        assertEquals(from, next);
        next = to;
        scores.set(part.scores, from * CLASSES);
        probabilities.set(part.probabilities, from * CLASSES);
      }
      assertEquals(next, IMAGES);
      assert(scores.every((value, i) => value === whole.scores[i]));
      assert(probabilities.every((value, i) => value === whole.probabilities[i]));
      assertEquals(callsOf(members, CLASSES, rule), predict(whole.scores, CLASSES));
    }
  }
});

Deno.test("blocks refuse members of different lengths, and name the image whose score is not finite", () => {
  assertThrows(
    () => callsOf([...one, { logits: new Float32Array(CLASSES) }], CLASSES),
    RangeError,
    `current are ${IMAGES * CLASSES} and ${CLASSES} values`,
  );
  const logits = logitsOf(0);
  logits[2500 * CLASSES + 7] = NaN;
  assertThrows(() => callsOf([{ logits }], CLASSES), RangeError, "class 7 of image 2500 has NaN");
});

/** Setup of a run, as far as these functions read it. */
const setup = {
  dataset: { name: "x", origin: "x", train: test, test, classNames, mean: [], std: [] },
  ...{ network: { classes: CLASSES }, counts, groups: [100, 20] },
} as unknown as Parameters<typeof evaluateRule>[2];

const [before, after] = rules.map((rule) => ({ predictions: callsOf(one, CLASSES, rule) }));
const choosing = { members: one, classes: CLASSES, counts };
const trial = { labels, before: before.predictions, after: after.predictions };

/** Work on all images, and the least number of looks for a stop that it takes. */
const stretches: [name: string, looks: number, work: (check: () => void) => unknown][] = [
  ["a choice by labels", BLOCKS * (POINTS + 3), (check) => choosePoint({ ...choosing, labels, check })],
  ["a choice by calls", BLOCKS * 4, (check) => choosePoint({ ...choosing, labels: null, check })],
  ["the slope on test images", BLOCKS * 6, (check) => testSlope(setup, one, rules[1], check)],
  ["a curve of points", BLOCKS * 31, (check) => pointOf(setup, one, rules[1], null, check)],
  ["an evaluation", BLOCKS, (check) => evaluateRule(two, rules[1], setup, check)],
  ["costs", 2 * BLOCKS, (check) => costOf(setup, one, rules[2], check)],
  [
    "evidence",
    BLOCKS + 2 * DRAWS,
    (check) => modelEvidence(one, rules[1], labels, CLASSES, 0, check),
  ],
  [
    "a verdict",
    20 * DRAWS,
    (check) =>
      runVerdict(setup, { before, after, ensemble: null }, { maxAccuracyLoss: 10, seed: 0 }, { check }),
  ],
  ["more labels", 9 * DRAWS, (check) => moreLabelsOf([trial], 1, CLASSES, 0, DRAWS, check)],
];

for (const [name, looks, work] of stretches) {
  Deno.test(`${name}: a stop is heard in each block of images and each draw`, () => {
    let seen = 0;
    work(() => void seen++);
    assert(seen >= looks, `${seen} looks`);
    for (const at of [1, seen >> 1, seen]) {
      let left = at;
      const stop = () => {
        if (--left === 0) throw new Error(`stopped at ${at}`);
      };
      assertThrows(() => work(stop), Error, `stopped at ${at}`);
    }
  });
}

Deno.test("a rule that is chosen for a run or for predictions hears a stop amid its choice", async () => {
  const config = { adjust: { t: "auto", target: "hmean", giveUp: null }, costs: null } as const;
  const error = new Error("stopped");
  let stopped: unknown;
  const check = () => {
    throw error;
  };
  await ruleBy(setup, config, () => Promise.resolve({ members: one, labels }), check)
    .catch((thrown) => stopped = thrown);
  assertEquals(stopped, error);
  const facts = { classNames, counts: [...counts], tta: "none" } as const;
  const { rule } = await judgingOf("x", facts, { tta: null, adjust: config.adjust, costs: null });
  assert(typeof rule === "function");
  assertThrows(() => rule(one, check), Error, "stopped");
});
