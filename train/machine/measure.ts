import {
  conv2d,
  type Device,
  input,
  matmul,
  parameter,
  Parameters,
  Plan,
  type Shape,
  type Tensor,
} from "../../engine/mod.ts";

/** Layers chained in one run, so that the cost of a submit hardly counts. */
const CHAIN = 4;

/** Rates of everyclass's own kernels, GFLOP/s. */
export interface Rates {
  /** Products of square matrices: 512 rows on software adapters, 2,048 on GPUs, which smaller ones do not fill. */
  matmul: number;
  /** 3x3 convolutions of 64 channels: 128 images of 8 x 8 on software adapters, 32 of 56 x 56 on GPUs. */
  convolution: number;
}

/** Measures the rates of this device. Takes about a second. */
export async function measureRates(device: Device): Promise<Rates> {
  const small = device.info.isFallbackAdapter;
  const side = small ? 512 : 2048;
  const images = small ? [128, 8, 8, 64] : [32, 56, 56, 64];
  return {
    matmul: await measureChain(device, [side, side], [side, side], matmul),
    convolution: await measureChain(
      device,
      images,
      [64, 3, 3, 64],
      (x, weight) => conv2d(x, weight, { padding: 1 }),
    ),
  };
}

/** Measures `layer(… layer(x, W) …, W)`, whose results are shaped as x is, in GFLOP/s. */
async function measureChain(
  device: Device,
  shape: Shape,
  filters: Shape,
  layer: (x: Tensor, weight: Tensor) => Tensor,
): Promise<number> {
  const weight = parameter("weight", filters);
  using store = new Parameters(device, [weight], "weight");
  const x = input("x", shape);
  let y = x;
  for (let i = 0; i < CHAIN; i++) y = layer(y, weight);
  using plan = await Plan.make(device, { outputs: { y }, parameters: [store] });
  const gflop = plan.dispatches().reduce((sum, { flops }) => sum + flops, 0) / 1e9;
  const feeds = { x: new Float32Array(x.size) };

  // The first run compiles; runs are added until they take long enough to be timed.
  plan.run(feeds);
  await device.finish();
  for (let runs = 1;; runs *= 2) {
    const start = performance.now();
    for (let i = 0; i < runs; i++) plan.run(feeds);
    await device.finish();
    const seconds = (performance.now() - start) / 1000;
    if (seconds > 0.2 || runs >= 256) return gflop * runs / seconds;
  }
}
