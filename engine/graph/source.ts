import { ShapeError } from "./errors.ts";
import { apply, defineOp, type Op, Tensor } from "./node.ts";
import { type DType, type Shape, sizeOf } from "../kernel/shape.ts";

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
const inputOp: Op<Named> = sourceOp("input");

/** A value that stays on the device between runs. */
const parameterOp: Op<Named> = sourceOp("parameter");

/** A value known when the graph is built. */
const constantOp: Op<{ shape: Shape; values: Float32Array }> = defineOp({
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

/**
 * A tensor whose values the host gives at each run.
 *
 * @example
 * ```ts
 * import { Device, input, ops, runtime } from "everyclass";
 * using device = await Device.open();
 * const x = input("x", [2]);
 * using plan = await runtime.Plan.make(device, { outputs: { y: ops.square(x) } });
 * plan.run({ x: Float32Array.of(2, 3) });
 * console.log(await plan.read("y")); // [4, 9]
 * ```
 */
export function input(name: string, shape: Shape, dtype: DType = "f32"): Tensor {
  return apply(inputOp, [], { name, shape, dtype });
}

/**
 * A tensor that lives in a {@link Parameters} store between runs.
 *
 * @example
 * ```ts
 * import { Device, jit, mul, parameter, Parameters } from "everyclass";
 * using device = await Device.open();
 * const weight = parameter("weight", [2]);
 * using store = new Parameters(device, [weight], "weights");
 * store.write(weight, Float32Array.of(1, 2));
 * using doubled = jit(() => mul(weight, 2));
 * console.log(await (await doubled()).data()); // [2, 4]
 * ```
 */
export function parameter(name: string, shape: Shape): Tensor {
  return apply(parameterOp, [], { name, shape, dtype: "f32" });
}

/** The name of an input or a parameter; {@linkcode Tensor.describe} of another tensor, which has no name. */
export function nameOf(source: Tensor): string {
  return (source.attrs as Partial<Named> | null)?.name ?? source.describe();
}

/**
 * A tensor of known values. @throws {ShapeError} when their number does not fit the shape.
 *
 * @example
 * ```ts
 * import { constant } from "everyclass";
 * console.log(constant([1, 2, 3, 4], [2, 2]).shape); // [2, 2]
 * ```
 */
export function constant(values: ArrayLike<number>, shape: Shape): Tensor {
  return apply(constantOp, [], { shape, values: Float32Array.from(values) });
}

/** Numbers, or lists of them nested as deep as the tensor has dimensions. */
export type Nested = number | readonly Nested[];

/**
 * A tensor of known values, its shape read off the nesting: `tensor([[1, 2], [3, 4]])` is [2, 2].
 *
 * @throws {ShapeError} when the lists of one depth differ in length.
 * @throws {TypeError} when a part is neither a number nor a list, such as a typed array: {@linkcode constant} takes those.
 *
 * @example
 * ```ts
 * import { tensor } from "everyclass";
 * console.log(tensor([[1, 2], [3, 4]]).shape); // [2, 2]
 * ```
 */
export function tensor(values: Nested): Tensor {
  const shape: number[] = [];
  for (let inner = values; Array.isArray(inner); inner = inner[0]) shape.push(inner.length);
  const flat: number[] = [];
  const walk = (part: Nested, depth: number): void => {
    const isNumber = typeof part === "number";
    if (!isNumber && !Array.isArray(part)) throw noList(part);
    if (isNumber !== (depth === shape.length) || !isNumber && part.length !== shape[depth]) {
      throw new ShapeError(
        `Cannot make a tensor: it takes lists of equal length at each depth, current shape would be [${
          shape.join(", ")
        }]`,
      );
    }
    if (isNumber) flat.push(part);
    else for (const each of part) walk(each, depth + 1);
  };
  walk(values, 0);
  return constant(flat, shape);
}

/** The error of a part that is neither a number nor a list. */
function noList(part: unknown): TypeError {
  const current = part instanceof Object ? part.constructor.name : `${typeof part} ${String(part)}`;
  const remedy = ArrayBuffer.isView(part)
    ? ": its shape cannot be read off, use constant(values, shape)"
    : part instanceof Tensor
    ? ": it is a tensor already; stack joins several"
    : "";
  return new TypeError(
    `Cannot make a tensor: it takes numbers or lists of them, current is ${current}${remedy}`,
  );
}
