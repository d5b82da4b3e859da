// Measures the most that the adapter can do, in the same run as the kernels: multiply-adds without memory, and copies
// without arithmetic.

import { apply, defineOp, type Op } from "../../engine/graph/node.ts";
import { input } from "../../engine/graph/source.ts";
import type { Device } from "../../engine/device/device.ts";
import { Plan } from "../../engine/plan/plan.ts";
import { inPlace, sink } from "./places.ts";

/** The highest rates measured. */
export interface Ceiling {
  /** Thousand million floating-point operations a second, a multiply-add counted as two. */
  gflops: number;
  /** Thousand million bytes a second, read and written, where the family's kernels read fastest. */
  gbs: number;
}

/** Invocations: enough to fill the largest GPUs. */
const INVOCATIONS = 2 ** 18;
/** Independent sums of an invocation: 12 and the two factors fit the 16 registers of a CPU. */
const CHAINS = 12;
/** Multiply-adds of each chain between two tests of the loop, and how often the loop runs. */
const UNROLLED = 16;
const ROUNDS = 64;

/** Sums chains of `v = a v + b`, each of which comes to `b / (1 - a)`. */
const fmaOp: Op<null> = defineOp<null>({
  name: "fma",
  infer: () => ({ shape: [INVOCATIONS], dtype: "f32" as const }),
  reference: ({ size }, [[a, b]]) => new Float64Array(size).fill(CHAINS * b / (1 - a)),
  flops: () => 2 * INVOCATIONS * ROUNDS * UNROLLED * CHAINS,
  dense: true,
  lower: () => ({
    kernels: [{
      label: "fma",
      code: `//#dense x f32
//#dense y f32 update
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = x[0];
  let b = x[1];
//#for c ${CHAINS}
  var v$c = f32(id.x) + $c.0;
//#end
  for (var i = 0u; i < ${ROUNDS}u; i++) {
//#for u ${UNROLLED}
//#for c ${CHAINS}
    v$c = fma(v$c, a, b);
//#end
//#end
  }
  y[id.x] = ${Array.from({ length: CHAINS }, (_, c) => `v${c}`).join(" + ")};
}`,
      bind: { x: { input: 0 }, y: { output: true } },
      constants: {},
      workgroups: [INVOCATIONS / 64, 1, 1],
    }],
  }),
});

/** Measures both ceilings on a device: the best of several tries. */
export async function measureCeiling(device: Device, tries = 5): Promise<Ceiling> {
  const fma = apply(fmaOp, [input("x", [2])], null);
  using arithmetic = await Plan.make(device, { outputs: { fma } });
  // 32 MiB, more than a core's caches.
  const images = new Float32Array(128 * 32 * 32 * 64);
  using memory = await Plan.make(device, {
    outputs: { y: sink(inPlace(inPlace(input("x", [128, 32, 32, 64])))) },
  });
  let [fastest, copied] = [Infinity, Infinity];
  for (let i = 0; i < tries; i++) {
    const [ms] = await arithmetic.profile({ x: Float32Array.of(0.5, 1) });
    fastest = Math.min(fastest, ms);
    // Step 1 of three reads and writes textures where the family has them; step 0 reads the host's values, step 2 writes
    // a buffer.
    const times = await memory.profile({ x: images });
    copied = Math.min(copied, times[1]);
  }
  const [sum] = await arithmetic.read("fma");
  if (sum !== CHAINS * 2) throw new Error(`The ceiling's multiply-adds gave ${sum}, expected ${CHAINS * 2}`);
  return { gflops: fma.op.flops!(fma) / fastest / 1e6, gbs: 2 * images.byteLength / copied / 1e6 };
}
