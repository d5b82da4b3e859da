import { ShapeError } from "../errors.ts";
import { apply, defineOp, type Op } from "../op.ts";
import { type DType, type Shape, sizeOf, type Tensor } from "../tensor.ts";

interface Named {
  name: string;
  shape: Shape;
  dtype: DType;
}

function sourceOp(name: string): Op<Named> {
  return defineOp<Named>({
    name,
    infer: (_, { shape, dtype }) => ({ shape, dtype }),
    reference(node) {
      throw new TypeError(`Cannot evaluate ${name} ${node.attrs.name}: it takes a value, none is given`);
    },
  });
}

/** A value that the host writes at each run of a plan. */
export const inputOp: Op<Named> = sourceOp("input");

/** A value that stays on the device between runs. */
export const parameterOp: Op<Named> = sourceOp("parameter");

/** A value known when the graph is built. */
export const constantOp: Op<{ shape: Shape; values: Float32Array }> = defineOp({
  name: "constant",
  infer: (_, { shape, values }) => {
    if (values.length !== sizeOf(shape)) {
      throw new ShapeError(
        `Cannot make a constant: [${shape.join(", ")}] takes ${
          sizeOf(shape)
        } values, current are ${values.length}`,
      );
    }
    return { shape, dtype: "f32" as const };
  },
  reference: (node) => Float64Array.from(node.attrs.values),
});

/** A tensor whose values the host gives at each run. */
export function input(name: string, shape: Shape, dtype: DType = "f32"): Tensor {
  return apply(inputOp, [], { name, shape, dtype });
}

/** A tensor that lives in a {@link Parameters} store between runs. */
export function parameter(name: string, shape: Shape): Tensor {
  return apply(parameterOp, [], { name, shape, dtype: "f32" });
}

/** A tensor of known values. @throws {ShapeError} when their number does not fit the shape. */
export function constant(values: ArrayLike<number>, shape: Shape): Tensor {
  return apply(constantOp, [], { shape, values: Float32Array.from(values) });
}
