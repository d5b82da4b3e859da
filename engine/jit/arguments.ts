// Arguments of a jitted function, and the tensors that its graph is traced with in their place.
import { input } from "../graph/source.ts";
import { type DType, type Shape, sizeOf } from "../kernel/shape.ts";
import { Tensor } from "../graph/node.ts";
import { ARRAYS } from "../device/feeds.ts";

/** Values on the host, dense and row-major: f32, u32, or u8 for images. */
export type HostArray = Float32Array | Uint32Array | Uint8Array;

/** Description that a graph is planned by. A tensor is one. */
export interface Shaped {
  /** Dimensions. */
  readonly shape: Shape;
  /** Element type. */
  readonly dtype: DType;
}

/** Values on the host with a shape, as {@linkcode shaped} makes them. */
export interface HostTensor extends Shaped {
  /** The values themselves, not a copy. */
  readonly values: HostArray;
}

/**
 * Gives an array of the host a shape, for a call of a jitted function. Nothing is copied.
 *
 * @throws {TypeError} when the array has another number of values than the shape.
 *
 * @example
 * ```ts
 * import { shaped } from "everyclass";
 * const images = shaped(new Uint8Array(2 * 28 * 28), [2, 28, 28, 1]);
 * console.log(images.dtype); // u8
 * ```
 */
export function shaped(values: HostArray, shape: Shape): HostTensor {
  if (values.length !== sizeOf(shape)) {
    throw new TypeError(
      `Cannot shape these values: [${shape.join(", ")}] takes ${sizeOf(shape)}, current are ${values.length}`,
    );
  }
  return { values, shape, dtype: dtypeOf(values) };
}

/** A value for a call: a number is a scalar `[]`, a typed array a vector, a tensor one of known values. */
export type Value = number | HostArray | HostTensor | Tensor;

/** A parameter of a function to be jitted: a tensor, or tensors in a list or record. */
export type Traced = Tensor | readonly Tensor[] | { readonly [name: string]: Tensor };

/** The argument for a parameter in a call: a value, or values in a list or record as the parameter is. */
export type GivenFor<T, V = Value> = T extends Tensor ? V : { readonly [K in keyof T]: V };

/** The arguments for all parameters. */
export type Given<Args> = { [I in keyof Args]: GivenFor<Args[I]> };

/** The same where only shapes count. */
export type Like<Args> = { [I in keyof Args]: GivenFor<Args[I], Value | Shaped> };

/** A value of a call, and where it stands. */
export interface Leaf {
  /** The name of its input, such as `images`, or `argument 2` where nothing names it. */
  readonly name: string;
  readonly value: unknown;
}

/** The values of a call in their order. */
export function leavesOf(args: readonly unknown[]): Leaf[] {
  return args.flatMap((arg, i) => {
    const position = `argument ${i + 1}`;
    if (isLeaf(arg)) return [{ name: position, value: arg }];
    const nameOf = (key: string) => Array.isArray(arg) ? `${position}.${key}` : key;
    return Object.entries(arg as object).map(([key, value]) => ({ name: nameOf(key), value }));
  });
}

/** All but lists and plain records; {@linkcode shapeOf} refuses what is no value. */
function isLeaf(value: unknown): boolean {
  if (value === null || typeof value !== "object" || "dtype" in value) return true;
  return !Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype;
}

/** Shape and type of a value. @throws {TypeError} when it is none. */
export function shapeOf({ name, value }: Leaf): Shaped {
  if (typeof value === "number") return { shape: [], dtype: "f32" };
  if (isHostArray(value)) return { shape: [value.length], dtype: dtypeOf(value) };
  if (value !== null && typeof value === "object" && "dtype" in value && "shape" in value) {
    return value as Shaped;
  }
  const given = value === null || typeof value !== "object" ? String(value) : value.constructor.name;
  throw new TypeError(
    `Cannot call the jitted function: ${name} takes a number, a Float32Array, Uint32Array or Uint8Array, what shaped() ` +
      `makes of one, or a tensor of known values, current is ${given}`,
  );
}

/** The values themselves. @throws {TypeError} when the host does not have them. */
export function valuesOf(leaf: Leaf): HostArray {
  const { name, value } = leaf;
  if (typeof value === "number") return Float32Array.of(value);
  if (isHostArray(value)) return value;
  if (isHostTensor(value)) return value.values;
  if (value instanceof Tensor && value.op.name === "constant") {
    return (value.attrs as { values: Float32Array }).values;
  }
  const given = value instanceof Tensor ? value.describe() : (value as object).constructor.name;
  throw new TypeError(
    `Cannot call the jitted function: ${name} takes values that the host has, current is ${given}, which has none there: ` +
      "await its data(), and give that",
  );
}

/** The structure of a call with an input in place of every value. */
export function inputsLike<T>(args: readonly unknown[], leaves: readonly Leaf[]): T {
  let at = 0;
  const next = () => {
    const leaf = leaves[at++];
    const { shape, dtype } = shapeOf(leaf);
    return input(leaf.name, shape, dtype);
  };
  return args.map((arg) => {
    if (isLeaf(arg)) return next();
    if (Array.isArray(arg)) return arg.map(next);
    return Object.fromEntries(Object.keys(arg as object).map((key) => [key, next()]));
  }) as T;
}

function isHostArray(value: unknown): value is HostArray {
  return Object.values(ARRAYS).some((array) => value instanceof array);
}

function isHostTensor(value: unknown): value is HostTensor {
  return value !== null && typeof value === "object" && "values" in value && isHostArray(value.values);
}

function dtypeOf(values: HostArray): DType {
  return (Object.keys(ARRAYS) as DType[]).find((dtype) => values instanceof ARRAYS[dtype])!;
}
