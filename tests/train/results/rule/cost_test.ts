// Costs of calls, against sums by hand.

import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { hash32 } from "../../../../data/mod.ts";
import { finetuneLead } from "../../../../train/report/lead.ts";
import { renderReport } from "../../../../train/report/run.ts";
import { costOf, costSentence, costText, expectedCosts } from "../../../../train/results/rule/cost.ts";
import { decide } from "../../../../train/decision/decide.ts";
import { madeUpRun } from "../../report/made_up_run.ts";

const [CLASSES, IMAGES] = [3, 40];
const number = (key: number, i: number) => hash32(key, i) / 2 ** 32;
const logitsOf = (key: number) =>
  Float32Array.from({ length: IMAGES * CLASSES }, (_, i) => 3 * number(key, i));
const labels = Uint32Array.from({ length: IMAGES }, (_, i) => hash32(5, i) % CLASSES);
const setup = { dataset: { test: { labels } }, network: { classes: CLASSES } };
const costs = Float64Array.of(0, 1, 2, 3, 0, 0.5, 9, 4, 0);
const counts = Uint32Array.of(50, 10, 2);
const check = () => {}; // nobody stops

/** The costs by hand: probabilities of every model, their mean, the class of the least expected cost. */
function byHand(members: Float32Array[], t: number) {
  const sum = { taken: 0, likeliest: 0, expected: 0, wouldExpect: 0 };
  for (let i = 0; i < IMAGES; i++) {
    const p = [0, 0, 0];
    for (const logits of members) {
      const odds = [0, 1, 2].map((c) => Math.exp(logits[i * CLASSES + c]) / counts[c] ** t);
      const all = odds[0] + odds[1] + odds[2];
      odds.forEach((value, c) => p[c] += value / all / members.length);
    }
    const expected = [0, 1, 2].map((k) => p[0] * costs[k] + p[1] * costs[3 + k] + p[2] * costs[6 + k]);
    const [taken, likeliest] = [expected.indexOf(Math.min(...expected)), p.indexOf(Math.max(...p))];
    sum.taken += costs[labels[i] * CLASSES + taken] / IMAGES;
    sum.likeliest += costs[labels[i] * CLASSES + likeliest] / IMAGES;
    sum.expected += expected[taken] / IMAGES;
    sum.wouldExpect += expected[likeliest] / IMAGES;
  }
  return sum;
}

for (
  const [name, keys, t] of [["a model", [1], 0], ["a point", [1], 0.8], [
    "several models",
    [1, 2, 3],
    -0.5,
  ]] as const
) {
  Deno.test(`costs of ${name} are those by hand`, () => {
    const all = keys.map(logitsOf);
    const members = all.map((logits) => ({ logits }));
    const rule = { adjust: t, counts, costs };
    const { wouldExpect, ...wanted } = byHand(all, t);
    const found = costOf(setup, members, rule, check)!;
    for (const key of ["taken", "likeliest", "expected"] as const) {
      assertAlmostEquals(found[key], wanted[key], 1e-9, key);
    }
    assert(found.taken !== found.likeliest, "the costs change nothing");
    const { likeliest } = expectedCosts(decide(members, CLASSES, rule), CLASSES);
    assertAlmostEquals(likeliest.reduce((a, b) => a + b) / IMAGES, wouldExpect, 1e-9);
    assert(found.expected <= wouldExpect);
  });
}

Deno.test("without costs there is no cost, and no word on it", () => {
  assertEquals(costOf(setup, [{ logits: logitsOf(1) }], { adjust: 0, counts, costs: null }, check), null);
  assertEquals(costSentence(null), null);
});

Deno.test("the report shows costs where the metrics are", async () => {
  const { report } = madeUpRun(10, 40);
  const cost = { taken: 0.40649, likeliest: 1 / 3, expected: 1234.5 };
  const words = "The classes taken cost 0.406 a test image, the likeliest classes would cost 0.333; " +
    "the model expects 1235.";
  assertEquals(costSentence(cost), words);
  const lead = finetuneLead(report.config, report);
  const pages = [null, cost].map((cost) =>
    renderReport({ ...report, summary: { ...report.summary, cost } }, "finetune", lead)
  );
  const [without, page] = await Promise.all(pages);
  assertStringIncludes(page, words);
  assert(page.indexOf(words) < page.indexOf("Recall of every class"));
  assert(!without.includes("The classes taken cost"));
  assertEquals([0, 0.5, 12.345, 1234.5].map(costText), ["0", "0.5", "12.3", "1235"]);
});
