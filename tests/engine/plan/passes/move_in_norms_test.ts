import { assertEquals } from "@std/assert";
import { inOrder } from "../../../../engine/graph/graph.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { input, parameter } from "../../../../engine/graph/source.ts";
import { Parameters } from "../../../../engine/device/parameters.ts";
import { batchNorm } from "../../../../engine/ops/norm/batch_norm.ts";
import { batchNormTraining } from "../../../../engine/ops/norm/batch_norm_training.ts";
import { channelMoments } from "../../../../engine/ops/norm/channel_moments.ts";
import { running } from "../../../../engine/ops/effects/running.ts";
import { runningMoments } from "../../../../engine/ops/effects/running_moments.ts";
import { Plan } from "../../../../engine/plan/plan.ts";
import { deviceOf, FAMILIES } from "../../check.ts";
import { assertClose } from "../../close.ts";
import { normal } from "../../random.ts";

const CHANNELS = 7;
const COUNT = 2 * 3 * 5;
const options = { momentum: 0.25, count: COUNT };
const x = input("x", [2, 3, 5, CHANNELS]);
const [mean, variance] = ["mean", "variance"].map((name) => parameter(name, [CHANNELS]));
const [gamma, beta] = ["gamma", "beta"].map((name) => input(name, [CHANNELS]));

/** A graph over the estimates, beside which they are to be as after an update. */
interface Case {
  outputs: Record<string, Tensor>;
  updates: Tensor[];
  /** Updates that keep a dispatch of their own. */
  left: number;
  /** Further parameters in the store of the estimates. */
  besides?: Tensor[];
  /** Further stores. */
  others?: Tensor[];
  /** Times that the estimates move in a run. */
  moves?: number;
}

/** Runs a plan twice in both families, and checks the estimates and the dispatches. */
async function check({ outputs, updates, left, besides = [], others = [], moves = 1 }: Case): Promise<void> {
  const next = normal(3);
  const random = ({ size }: Tensor) => Float32Array.from({ length: size }, next);
  const feeds = Object.fromEntries(
    [x, gamma, beta].map((t) => [(t.attrs as { name: string }).name, random(t)]),
  );
  const used = new Set(inOrder([...Object.values(outputs), ...updates]));
  const fed = Object.fromEntries(
    [x, gamma, beta].filter((t) => used.has(t)).map((t) => {
      const { name } = t.attrs as { name: string };
      return [name, feeds[name]];
    }),
  );
  const batch = channelMoments(x).op.reference(channelMoments(x), [Float64Array.from(feeds.x)]);
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    using store = new Parameters(device, [mean, variance, ...besides], "estimates");
    using second = new Parameters(device, others, "others");
    store.write(variance, new Float32Array(CHANNELS).fill(1));
    using plan = await Plan.make(device, { outputs, updates, parameters: [store, second] });
    assertEquals(plan.steps.filter(({ label }) => label === "running_moments").length, left, family);
    const expected = [new Float64Array(CHANNELS), new Float64Array(CHANNELS).fill(1)];
    for (let run = 0; run < 2; run++) {
      plan.run(fed);
      for (let move = 0; move < moves; move++) {
        for (let c = 0; c < CHANNELS; c++) {
          expected[0][c] = 0.75 * expected[0][c] + 0.25 * batch[c];
          expected[1][c] = 0.75 * expected[1][c] + 0.25 * batch[CHANNELS + c] * COUNT / (COUNT - 1);
        }
      }
      const values = await store.read();
      [mean, variance].forEach((t, i) => assertClose(`${family} ${i}`, values.get(t)!, expected[i]));
    }
  }
}

const norm = () => batchNormTraining(x, { gamma, beta });

Deno.test("a norm moves its running estimates", async () => {
  const { y, moments } = norm();
  await check({ outputs: { y }, updates: [runningMoments(mean, variance, moments, options)], left: 0 });
});

Deno.test("estimates without a norm in the plan move by an update", async () => {
  const updates = [runningMoments(mean, variance, channelMoments(x), options)];
  await check({ outputs: {}, updates, left: 1 });
});

Deno.test("estimates that something else reads move after it", async () => {
  const { y, moments } = norm();
  const updates = [runningMoments(mean, variance, moments, options)];
  const frozen = batchNorm(x, { gamma, beta, mean, variance });
  await check({ outputs: { y, frozen }, updates, left: 1 });
  await check({ outputs: { y, mean }, updates, left: 1 });
});

Deno.test("estimates that another update follows, or that share a store with weights, move by an update", async () => {
  const { y, moments } = norm();
  const updates = [runningMoments(mean, variance, moments, options)];
  const average = parameter("average", [CHANNELS]);
  const follow = running(average, mean, { momentum: 0.5 });
  await check({ outputs: { y }, updates: [...updates, follow], left: 1, others: [average] });
  const weight = parameter("weight", [CHANNELS]);
  const weighted = batchNormTraining(x, { gamma: weight, beta });
  const own = [runningMoments(mean, variance, weighted.moments, options)];
  await check({ outputs: { y: weighted.y }, updates: own, left: 1, besides: [weight] });
});

Deno.test("estimates that two updates move, as of two views, keep both", async () => {
  const { y, moments } = norm();
  const updates = [0, 1].map(() => runningMoments(mean, variance, moments, options));
  await check({ outputs: { y }, updates, left: 2, moves: 2 });
});
