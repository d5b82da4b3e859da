import { assertAlmostEquals, assertEquals } from "@std/assert";
import { COST, Plan } from "../../../train/progress/plan.ts";

const { forward, train, features } = COST;

/** Pieces of a re-training of 1,000 images. */
const pieces = [
  { name: "evaluate", total: 100, cost: forward },
  { name: "view", total: 1000, cost: forward },
  { name: "re-train", total: 50_000, cost: features },
];

Deno.test("plan: a piece tells its number, and the time of those after it by the pace of their kind", () => {
  const plan = new Plan();
  plan.announce(pieces);
  const evaluate = plan.begin("evaluate")!;
  assertEquals(evaluate(null), { step: 1, steps: 3, later: null }); // nothing was seen yet
  const { later } = evaluate(0.01);
  assertAlmostEquals(later!, 1000 * 0.01 + 50_000 * 0.01 / 50);
  const view = plan.begin("view")!;
  assertAlmostEquals(view(null).later!, 10); // by the evaluation
  assertAlmostEquals(view(0.02).later!, 20);
  const training = plan.begin("re-train")!;
  assertEquals(training(0.1), { step: 3, steps: 3, later: 0 });
});

Deno.test("plan: training on images takes three times the time of a forward pass, until one of each was seen", () => {
  const plan = new Plan();
  plan.announce([{ name: "stage 1", total: 10, cost: train }, ...pieces.slice(0, 2)]);
  const stage1 = plan.begin("stage 1")!;
  assertAlmostEquals(stage1(3).later!, 1100);
  const evaluate = plan.begin("evaluate")!;
  assertAlmostEquals(evaluate(0.5).later!, 500);
});

Deno.test("plan: pieces that others replace, that never begin or that nobody announced", () => {
  const plan = new Plan();
  assertEquals(plan.begin("evaluate"), null);
  plan.announce([{ name: "stage 1", total: 10, cost: train }, ...pieces]);
  const stage1 = plan.begin("stage 1")!;
  plan.announce(pieces.slice(1)); // what comes was worked out anew
  assertEquals(stage1(null).steps, 3);
  const training = plan.begin("re-train")!; // the view was there already
  assertEquals(training(1), { step: 3, steps: 3, later: 0 });
  assertEquals(plan.begin("evaluate epoch 1"), null);
});

Deno.test("plan: pieces of one name begin in their order", () => {
  const plan = new Plan();
  plan.announce([...pieces, ...pieces]);
  const steps = [...pieces, ...pieces].map(({ name }) => plan.begin(name)!(1).step);
  assertEquals(steps, [1, 2, 3, 4, 5, 6]);
  assertEquals(plan.begin("view"), null);
});

Deno.test("plan: of several pieces of one name it is the next that begins, though one before it never did", () => {
  const plan = new Plan();
  plan.announce([...pieces, ...pieces.slice(1), ...pieces.slice(1)]); // three seeds
  plan.begin("evaluate");
  plan.begin("re-train"); // its view was in the cache
  const view = plan.begin("view")!;
  assertEquals(view(null).step, 4);
  assertEquals(plan.begin("re-train")!(null).step, 5);
  assertEquals(plan.begin("re-train")!(1), { step: 7, steps: 7, later: 0 });
});
