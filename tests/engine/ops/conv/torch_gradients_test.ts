// Results and gradients as PyTorch gives them, see `tests/fixtures/torch/make_gradients.py`.

import { conv2d } from "../../../../engine/ops/conv/conv2d.ts";
import { avgPool } from "../../../../engine/ops/conv/avg_pool.ts";
import { globalAvgPool } from "../../../../engine/ops/conv/global_avg_pool.ts";
import { maxPool } from "../../../../engine/ops/conv/max_pool.ts";
import { shortcut } from "../../../../engine/ops/conv/shortcut.ts";
import { pullback } from "../../../../engine/autodiff/differentiate.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { checkTorch, type TorchCase } from "../../torch_cases.ts";

type Attributes = TorchCase["attributes"];

function checkGradients(
  op: string,
  build: (inputs: Record<string, Tensor>, attributes: Attributes) => Tensor,
) {
  const whole = (inputs: Record<string, Tensor>, attributes: Attributes) => {
    const y = build(inputs, attributes);
    const names = ["x", "weight"].filter((name) => name in inputs);
    const gradients = pullback(y, inputs.dy, names.map((name) => inputs[name]));
    return { y, ...Object.fromEntries(names.map((name, i) => [`d${name}`, gradients[i]])) };
  };
  checkTorch(op, whole, {}, "gradients.safetensors");
}

checkGradients("conv2d", ({ x, weight }, options) => conv2d(x, weight, options));
checkGradients("avg_pool", ({ x }, window) => avgPool(x, window as { kernel: number }));
checkGradients("max_pool", ({ x }, window) => maxPool(x, window as { kernel: number }));
checkGradients("global_avg_pool", ({ x }) => globalAvgPool(x));
checkGradients("shortcut_a", ({ x }, { planes }) => shortcut(x, { stride: 2, channels: planes }));
