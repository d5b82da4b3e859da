import { misfit, type Tensor } from "../../graph/node.ts";
import { matmul } from "./matmul.ts";
import { transpose } from "../shape/transpose.ts";

/**
 * Fully connected layer, `y = x weight^T + bias`.
 *
 * @param x [B, in]. @param weight [out, in]. @param bias [out].
 * @returns [B, out]. @throws {ShapeError} when the features differ. Source: torch.nn.functional.linear.
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const given = bias ? [x, weight, bias] : [x, weight];
  const takes = "x [B, in], weight [out, in] and perhaps a bias [out]";
  if (x.shape.length !== 2 || weight.shape.length !== 2) {
    throw misfit("linear", takes, given, "they are not matrices");
  }
  if (x.shape[1] !== weight.shape[1]) {
    throw misfit("linear", takes, given, `the weight was made for ${weight.shape[1]} features`);
  }
  if (bias && (bias.shape.length !== 1 || bias.size !== weight.shape[0])) {
    throw misfit("linear", takes, given, "the bias is of another length");
  }
  return matmul(x, transpose(weight), bias);
}
