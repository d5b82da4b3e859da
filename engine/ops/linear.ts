import type { Tensor } from "../tensor.ts";
import { matmul } from "./matmul.ts";
import { transpose } from "./transpose.ts";

/**
 * Fully connected layer, `y = x weight^T + bias`.
 *
 * @param x [B, in]. @param weight [out, in]. @param bias [out].
 * @returns [B, out]. @throws {ShapeError} when the features differ. Source: torch.nn.functional.linear.
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  return matmul(x, transpose(weight), bias);
}
