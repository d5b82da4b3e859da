// Prints, as JSON, the subgroups' size, the kernels of a convolution with its gradients, of a convolution of fewer images
// than invocations and of a product, and how many of their values differ from those without subgroups; then how many of
// those differ that workgroups of the `tile` family join. A process of its own, as llvmpipe reads its width at the start.

import { Device } from "../../../engine/device/device.ts";
import { pullback } from "../../../engine/autodiff/differentiate.ts";
import { input } from "../../../engine/graph/source.ts";
import type { Family, Tensor } from "../../../engine/graph/node.ts";
import { conv2d } from "../../../engine/ops/conv/conv2d.ts";
import { logSoftmax } from "../../../engine/ops/loss/log_softmax.ts";
import { matmul } from "../../../engine/ops/matmul/matmul.ts";
import { channelMoments } from "../../../engine/ops/norm/channel_moments.ts";
import { Plan } from "../../../engine/plan/plan.ts";

const shapes = {
  x: [31, 6, 9, 64],
  w: [64, 3, 3, 64],
  dy: [31, 6, 9, 64],
  a: [400, 37],
  b: [37, 255],
  few: [3, 5, 9, 64],
  narrow: [900, 3],
};
const values = (size: number) =>
  Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 1000) / 1000 - 0.4995);
const [x, w, dy, a, b, few, narrow] = Object.entries(shapes).map(([name, shape]) => input(name, shape));
const y = conv2d(x, w, { padding: 1 });
const [dx, dw] = pullback(y, dy, [x, w]);
const feeds = Object.fromEntries(
  [x, w, dy, a, b, few, narrow].map(({ size }, i) => [Object.keys(shapes)[i], values(size)]),
);

const outputsOf = {
  lane: { y, dx, dw, product: matmul(a, b), rows: conv2d(few, w, { padding: 1 }) },
  tile: {
    softmax: logSoftmax(b),
    moments: channelMoments(a),
    wide: channelMoments(dy),
    few: channelMoments(narrow),
    rows: logSoftmax(a),
  },
};

async function run(family: Family, subgroups: boolean) {
  const device = await Device.open({ family, subgroups });
  const outputs: Record<string, Tensor> = outputsOf[family];
  const plan = await Plan.make(device, { outputs });
  plan.run(Object.fromEntries([...plan.inputs.keys()].map((name) => [name, feeds[name]])));
  const found = await Promise.all(Object.keys(outputs).map((name) => plan.read(name)));
  const labels = plan.steps.map(({ label, node: { shape } }) => `${label} ${shape.join(" ")}`);
  return { found, size: device.subgroup, labels };
}

/** The number of values of each output that differ with subgroups and without, and the values with them. */
async function compared(family: Family) {
  const [shared, alone] = [await run(family, true), await run(family, false)];
  const differ = shared.found.map((values, i) =>
    values.filter((value, j) => value !== alone.found[i][j]).length
  );
  return { size: shared.size, differ, labels: shared.labels };
}

console.log(JSON.stringify({ ...await compared("lane"), joined: (await compared("tile")).differ }));
Deno.exit(0);
