import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";

/** The values of x where the host reads them amid a run of a plan; {@link onHost} hands them to an op of the host. */
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
 * An op of the host as plans need it: its results are dense, in f32, and written without a kernel. Its reference would
 * take the values of other processes.
 */
export function hostOp<Attrs>(
  op: Pick<Op<Attrs>, "name" | "infer" | "gradient"> & Required<Pick<Op<Attrs>, "host">>,
): Op<Attrs> {
  return defineOp<Attrs>({
    autocast: "f32",
    dense: true,
    lower: () => ({ kernels: [] }),
    reference: () => {
      throw new TypeError(
        `Cannot evaluate ${op.name}: it takes the values of several processes, a reference has those of its own: run a ` +
          "plan in each",
      );
    },
    ...op,
  });
}

/** A tensor that the host computes from x amid each run of a plan. @throws {ShapeError} when x does not fit the op. */
export function onHost<Attrs>(op: Op<Attrs>, x: Tensor, attrs: Attrs): Tensor<Attrs> {
  return apply(op, [apply(toHostOp, [x], { turn: 0 })], attrs);
}
