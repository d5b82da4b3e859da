import { ShapeError } from "../../graph/errors.ts";
import { apply, defineOp, type Op, type Tensor } from "../../graph/node.ts";
import { sameShape, type Shape, sizeOf } from "../../kernel/shape.ts";

/** The memory of x under another shape. */
const reshapeOp: Op<{ shape: Shape }> = defineOp<{ shape: Shape }>({
  name: "reshape",
  infer: ([x], { shape }) => ({ shape, dtype: x.dtype }),
  gradient: ({ inputs: [x] }, dy) => [reshape(dy, x.shape)],
  reference: (_, [x]) => x,
  aliases: 0,
  wants: ["buffer"],
});

/**
 * The values of x, in their order, in another shape. A reshape costs nothing where x is in a buffer.
 *
 * @param shape One length may be -1: what is left. @throws {ShapeError} when the number of values differs.
 * Source: torch.reshape.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = sizeOf(shape.filter((length) => length !== -1));
  const whole = shape.map((length) => length === -1 ? x.size / known : length);
  const fits = sizeOf(whole) === x.size && whole.every((length) => Number.isInteger(length) && length >= 0);
  if (!fits) {
    throw new ShapeError(
      `Cannot add reshape to the graph: it takes a shape of ${x.size} values, current is [${
        shape.join(", ")
      }]: ` +
        `x is [${x.shape.join(", ")}]`,
    );
  }
  if (sameShape(whole, x.shape)) return x;
  return x.op.name === reshapeOp.name ? reshape(x.inputs[0], whole) : apply(reshapeOp, [x], { shape: whole });
}
