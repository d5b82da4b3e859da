/**
 * The tensor engine: a graph of ops, planned once onto a WebGPU device and run many times. It reads no files and
 * prints nothing.
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
export { DeviceError, DeviceLostError, MemoryError, NonFiniteError, ShapeError } from "./graph/errors.ts";
export type { Communicator } from "./graph/communicator.ts";
export type { DType, Shape } from "./kernel/shape.ts";
export {
  apply,
  defineOp,
  type DeviceFacts,
  type Family,
  type Kernel,
  type LowerContext,
  type Lowering,
  type Op,
  type Operand,
  Tensor,
  type Want,
} from "./graph/node.ts";
export { type Ahead, inOrder, substitute } from "./graph/graph.ts";
export { grad, pullback, valueAndGrad } from "./autodiff/differentiate.ts";
export { interpret } from "./graph/interpret.ts";
export * from "./ops/mod.ts";
export * from "./jit/mod.ts";
export * from "./nn/mod.ts";
export * from "./optim/mod.ts";
export * from "../formats/checkpoint/mod.ts";
