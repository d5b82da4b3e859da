import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";

/** The values of x where the host reads them amid a run of a plan. */
export const toHostOp: Op<{ turn: number }> = defineOp<{ turn: number }>({
  name: "to_host",
  autocast: "f32",
  infer: (inputs) => {
    const [{ shape, dtype }] = inputs;
    if (dtype !== "f32") throw misfit("to_host", "f32", inputs, "whole numbers do not leave the device");
    return { shape, dtype };
  },
  gradient: (_, dy) => [dy],
  reference: (_, [x]) => x,
  wants: ["buffer"],
  lower: () => ({ kernels: [] }), // a copy of WebGPU
});

/**
 * A tensor that the host computes from x amid each run of a plan.
 *
 * @param op It has a `host` function. @param x f32. @throws {ShapeError} when x does not fit the op.
 */
export function onHost<Attrs>(op: Op<Attrs>, x: Tensor, attrs: Attrs): Tensor<Attrs> {
  return apply(op, [apply(toHostOp, [x], { turn: 0 })], attrs);
}

/** What ops of the host have in common: their results are written by the host, dense and in f32. */
export const HOST = { autocast: "f32", dense: true, lower: () => ({ kernels: [] }) } as const;
