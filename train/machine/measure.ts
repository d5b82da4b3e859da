import { type Device, input, matmul, parameter, Parameters, Plan, type Tensor } from "../../engine/mod.ts";

/** Matrix products chained in one run, so that the cost of a submit hardly counts. */
const CHAIN = 4;

/**
 * Measures the rate of matrix products on this device in GFLOP/s: `x W W … W` of square matrices, everyclass's own kernels.
 * Takes about half a second.
 *
 * @param side Rows of the matrices; by default 512 on software adapters and 2048 on GPUs, which smaller ones do not fill.
 */
export async function measureMatmul(
  device: Device,
  side: number = device.info.isFallbackAdapter ? 512 : 2048,
): Promise<number> {
  const weight = parameter("weight", [side, side]);
  using store = new Parameters(device, [weight], "weight");
  const x = input("x", [side, side]);
  let y: Tensor = x;
  for (let i = 0; i < CHAIN; i++) y = matmul(y, weight);
  using plan = await Plan.make(device, { outputs: { y }, parameters: [store] });
  const feeds = { x: new Float32Array(side * side) };

  // The first run compiles; runs are added until they take long enough to be timed.
  plan.run(feeds);
  await device.finish();
  for (let runs = 1;; runs *= 2) {
    const start = performance.now();
    for (let i = 0; i < runs; i++) plan.run(feeds);
    await device.finish();
    const seconds = (performance.now() - start) / 1000;
    if (seconds > 0.2 || runs >= 256) return 2 * side ** 3 * CHAIN * runs / seconds / 1e9;
  }
}
