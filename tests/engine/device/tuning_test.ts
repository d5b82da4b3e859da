import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { interpret } from "../../../engine/graph/interpret.ts";
import { add } from "../../../engine/ops/arithmetic/add.ts";
import { conv2d } from "../../../engine/ops/conv/conv2d.ts";
import { matmul } from "../../../engine/ops/matmul/matmul.ts";
import { relu } from "../../../engine/ops/arithmetic/relu.ts";
import { input, nameOf } from "../../../engine/graph/source.ts";
import { type Feeds, Plan } from "../../../engine/plan/plan.ts";
import { type Timer, Tuning, type TuningResult } from "../../../engine/device/tuning.ts";
import type { Shape } from "../../../engine/kernel/shape.ts";
import type { Tensor } from "../../../engine/graph/node.ts";
import { assertClose } from "../close.ts";
import { valuesOf } from "../examples.ts";
import { deviceOf, FAMILIES, kernelsOf } from "../families.ts";
import { byWay, type Problem, problemOf } from "../ways.ts";
import { withClock } from "../../clock.ts";
import { ofHalf } from "../../half.ts";

const convolved =
  (options: { stride?: number; padding?: number; groups?: number }) => (x: Tensor, w: Tensor) =>
    conv2d(x, w, options);

// Rows and columns that fill tiles of every size, leave some of the last one over, and share one; inner lengths of whole
// stages and of none, and longer ones that are cut into parts; windows over the edges; groups; short rows of several
// images.
const PROBLEMS: [string, (...inputs: Tensor[]) => Tensor, Shape[]][] = [
  ["matmul of large tiles", matmul, [[258, 16], [16, 128]]],
  ["matmul with bias", matmul, [[33, 24], [24, 20], [20]]],
  ["matmul of odd lengths", matmul, [[17, 29], [29, 67]]],
  ["matmul of batches", matmul, [[3, 40, 8], [3, 8, 36]]],
  ["conv2d of 64 channels", convolved({ padding: 1 }), [[2, 9, 11, 32], [64, 3, 3, 32]]],
  ["conv2d of 128 channels", convolved({}), [[3, 8, 8, 16], [128, 1, 1, 16]]],
  ["conv2d with a stride", convolved({ stride: 2, padding: 1 }), [[2, 9, 9, 20], [24, 3, 3, 20]]],
  ["conv2d of few channels", convolved({ padding: 1 }), [[4, 8, 8, 3], [16, 3, 3, 3]]],
  ["conv2d in groups", convolved({ padding: 1, groups: 4 }), [[2, 6, 6, 32], [64, 3, 3, 8]]],
  ["matmul in parts", matmul, [[5, 2053], [2053, 36]]],
  ["conv2d in parts", convolved({ padding: 1 }), [[1, 7, 6, 68], [20, 3, 3, 68]]],
  ["conv2d of short rows", convolved({ padding: 1 }), [[8, 2, 2, 12], [32, 3, 3, 12]]],
];

for (const family of FAMILIES) {
  for (const [name, build, shapes] of PROBLEMS) {
    Deno.test(`every way of ${family} to ${name} comes to the same bits`, async () => {
      const problem = problemOf(name, build, shapes);
      const expected = interpret(Object.values(problem.outputs), problem.feeds);
      const first = await byWay(family, problem, 0);
      assert(first.most > 1);
      Object.keys(problem.outputs).forEach((key, i) =>
        assertClose(`${family} ${key}`, first.values[key], expected[i])
      );
      for (let n = 1; n < first.most; n++) {
        const { values } = await byWay(family, problem, n);
        assertEquals(values, first.values, `way ${n}`);
      }
    });
  }
  const name = `every way of ${family} to a fused convolution comes to the same bits`;
  const x = input("x", [2, 7, 9, 16]);
  const w = input("w", [64, 3, 3, 16]);
  const r = input("r", [2, 7, 9, 64]);
  const outputs = { y: relu(add(conv2d(x, w, { padding: 1 }), r)) };
  const feeds = new Map([x, w, r].map((t) => [t, valuesOf({ shape: t.shape }, nameOf(t))]));
  Deno.test(name, () => sameBits(family, { outputs, feeds }));
  Deno.test({ ...ofHalf(`${name} in f16`), fn: () => sameBits(family, { outputs, feeds }, "f16") });
}

async function sameBits(family: "tile" | "lane", problem: Problem, precision?: "f16"): Promise<void> {
  const first = await byWay(family, problem, 0, precision);
  for (let n = 1; n < first.most; n++) {
    assertEquals((await byWay(family, problem, n, precision)).values, first.values, `way ${n}`);
  }
}

/** Two layers of one shape and one of another. */
function layers(): { outputs: Record<string, Tensor>; feeds: Feeds } {
  const [x, v, w] = [input("x", [40, 32]), input("v", [32, 32]), input("w", [32, 64])];
  const values = ({ shape }: Tensor) => valuesOf({ shape }, "layers") as Float32Array;
  return {
    outputs: { y: matmul(matmul(matmul(x, v), v), w) },
    feeds: { x: values(x), v: values(v), w: values(w) },
  };
}

/** Defines of the kernels of a plan of those layers, made with this tuning. */
async function definesWith(tuning: Tuning | null) {
  const device = await deviceOf("tile");
  device.tuning = tuning;
  try {
    using plan = await Plan.make(device, { outputs: layers().outputs });
    return kernelsOf(plan.steps).map(({ defines }) => defines);
  } finally {
    device.tuning = null;
  }
}

Deno.test("a tuning takes the fastest of the kernels, once for each shape, and remembers it as JSON", async () => {
  const asked: number[] = [];
  const timer: Timer = (_, ways) => {
    asked.push(ways.length);
    return Promise.resolve(ways.map((_, i) => [1, 0.9, 0.8][i] ?? 2));
  };
  const results: unknown[] = [];
  const told: number[] = [];
  const tuning = new Tuning({
    timer,
    onStart: (unknown) => told.push(unknown),
    onResult: ({ seconds: _, ...result }) => void results.push(result),
  });
  const plain = await definesWith(null);
  const tuned = await definesWith(tuning);
  assertEquals(asked.length, 2);
  assertEquals(told, [2]);
  assertEquals(results, [{ learned: 2, changed: 2, left: 0 }]);
  assertEquals(Object.values(tuning.entries), [2, 2]);
  tuned.forEach((defines, i) => assertNotEquals(defines, plain[i]));

  assertEquals(await definesWith(tuning), tuned);
  const again = new Tuning({ timer });
  again.add(JSON.parse(JSON.stringify(tuning.entries)));
  assertEquals(await definesWith(again), tuned);
  assertEquals(asked.length, 2, "what is known is not timed again");
});

Deno.test("a tuning leaves what is not clearly slower, what it has no time for, and what it does not know", async () => {
  const plain = await definesWith(null);
  const close: Timer = (_, ways) => Promise.resolve(ways.map((_, i) => i === 1 ? 0.98 : 1));
  const noise = new Tuning({ timer: close });
  assertEquals(await definesWith(noise), plain);
  assertEquals(Object.values(noise.entries), [0, 0]);
  const backwards: Timer = (_, ways) => Promise.resolve(ways.map((_, i) => i === 1 ? 0 : 1));
  assertEquals(await definesWith(new Tuning({ timer: backwards })), plain);

  const never: Timer = () => Promise.reject(new Error("nothing is timed"));
  assertEquals(await definesWith(new Tuning({ timer: never, seconds: 0 })), plain);

  const results: number[] = [];
  await withClock(async (clock) => {
    const slow: Timer = (_, ways) => {
      clock.ms += 30;
      return Promise.resolve(ways.map((_, i) => i === 1 ? 0.5 : 1));
    };
    const onResult = ({ left }: TuningResult) => void results.push(left);
    const hurried = new Tuning({ timer: slow, seconds: 0.02, onResult });
    await definesWith(hurried);
    await definesWith(hurried);
  });
  assertEquals(results, [1]);

  const foreign = new Tuning({ timer: never, seconds: 0 });
  foreign.add(Object.fromEntries(Object.keys(noise.entries).map((key) => [key, 17])));
  assertEquals(await definesWith(foreign), plain);
});

Deno.test("a tuning by the device's own times changes no result of a plan", async () => {
  const { outputs, feeds } = layers();
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    const run = async () => {
      using plan = await Plan.make(device, { outputs });
      plan.run(feeds);
      return await plan.read("y");
    };
    const plain = await run();
    const tuning = device.tuning = new Tuning();
    try {
      assertEquals(await run(), plain);
      assertEquals(Object.keys(tuning.entries).length, device.hasTimer ? 2 : 0);
    } finally {
      device.tuning = null;
    }
  }
});
