/**
 * everyclass: image classifiers for long-tailed data, trained and fine-tuned on WebGPU so that no class is left
 * behind. This module is the engine: tensors make a graph, {@linkcode jit} plans it once and runs it many times.
 * `everyclass/nn`, `/optim`, `/data`, `/train` and `/formats` are the other doors; `deno task finetune` is the program.
 *
 * @example
 * ```ts
 * import { grad, matmul, relu, sum, tensor } from "everyclass";
 * const w = tensor([[1, -1], [0, 2]]);
 * const loss = sum(relu(matmul(tensor([[1, 2], [3, 4]]), w)));
 * const [dw] = grad(loss, [w]);
 * console.log(await loss.data(), await dw.data()); // [12] and the gradient of each weight
 * ```
 *
 * @module
 */
export { Tensor } from "./engine/mod.ts";
export { constant, input, parameter, tensor } from "./engine/mod.ts";
export { Device, grad, jit, Parameters, shaped } from "./engine/mod.ts";
export { add, conv2d, div, matmul, mean, mul, relu, softmax, sub, sum } from "./engine/mod.ts";
/** All ops, those above too. */
export * as ops from "./engine/ops/mod.ts";
/** Planning by hand. */
export * as runtime from "./engine/jit/mod.ts";
/** Checkpoints of PyTorch and safetensors. */
export * as checkpoints from "./formats/checkpoint/mod.ts";
/** The whole engine: also what writers of ops and passes need, errors and types. */
export * as engine from "./engine/mod.ts";
