// WGSL of the operands of a kernel: how each is bound, and the function by which the kernel reads or writes it.
import { type Shape, sizeOf } from "./shape.ts";
import {
  type Element,
  loaded,
  type NumberFormat,
  stored,
  storedTexel,
  storedType,
  texelFormat,
} from "./format.ts";
import { type Held, matrixOf, type Place } from "./layout.ts";
import type { StridedView } from "./view.ts";
import { loadCode, storeCode } from "./view_code.ts";

/** The operand behind a name that a shader declares. */
export interface BoundOperand {
  place: Place;
  /** The format in which the numbers are stored; default f32, and always f32 where the operand is declared dense. */
  format?: NumberFormat;
  shape: Shape;
  /** Every operand is a buffer and the kernel walks it as one long row. */
  flat?: boolean | undefined;
  /** A buffer of one value, which is read everywhere. */
  repeated?: boolean;
  /** The last length comes in the uniform buffer. */
  ragged?: boolean;
  /** A texture of several layers, which accessors take as their first argument. */
  layered?: boolean;
  /** The view through which the kernel walks the operand; default the matrix view of its own shape. */
  view?: StridedView;
}

/** A number in the uniform buffer of a kernel. */
export interface SizeField {
  readonly name: string;
  readonly type: "u32" | "i32" | "f32";
  /** Number of values of an operand; absent for a constant of the kernel. */
  readonly value?: number;
}

/** WGSL of an operand. */
interface OperandCode {
  /** Its variable, behind `var`. */
  type: string;
  /** `load_<name>(row, col)` or `store_<name>(row, col, value)`. */
  accessor: string;
  /** The length that the accessor takes from the uniform buffer; null without one. */
  length: SizeField | null;
}

/**
 * WGSL of an operand and its accessor, so that one kernel serves textures and buffers of any channel count.
 *
 * @param called Name of the accessor; default `load_<name>` or `store_<name>`.
 */
export function vectorCode(
  name: string,
  operand: BoundOperand,
  write: boolean,
  called: string = `${write ? "store" : "load"}_${name}`,
): OperandCode {
  if (operand.layered) return layeredCode(name, operand, write, called);
  const { place, format = "f32", shape, flat, view, repeated, ragged } = operand;
  const type = (element: Element) => typeOf(name, { place, format }, write, element);
  if (view) {
    const { element, code } = (write ? storeCode : loadCode)(name, { place, format }, view, called);
    return { type: type(element), accessor: code, length: null };
  }
  const row = flat || shape.length <= 1;
  const { width, channels, cols } = matrixOf(flat ? [sizeOf(shape)] : shape);
  const signature = write
    ? `fn ${called}(row: u32, col: u32, value: vec4f)`
    : `fn ${called}(row: u32, col: u32) -> vec4f`;
  const declared = (element: Element, body: string, length: SizeField | null = null): OperandCode => ({
    type: type(element),
    accessor: `${signature} { ${body} }`,
    length,
  });
  if (place === "texture") {
    const body = write
      ? `textureStore(${name}, vec2u(col, row), ${storedTexel(format, "value")});`
      : `return textureLoad(${name}, vec2u(col, row));`;
    return declared("vec4f", body);
  }
  if (repeated) return declared("f32", `return vec4f(${loaded("f32", format, `${name}[0]`)});`);
  const given: SizeField = { name: `length_${name}`, type: "u32", value: channels };
  if (ragged && shape.length === 2) {
    const length = `sizes.${given.name}`;
    const head = `let c = col * 4u; let at = row * ${length} + c;`;
    return declared("f32", scalarByScalar(name, format, write, head, length), given);
  }
  if (row || channels % 4 === 0) {
    const at = row ? `${name}[col]` : `${name}[row * ${cols}u + col]`;
    if (write) return declared("vec4f", `${at} = ${stored("vec4f", format, "value")};`);
    const value = loaded("vec4f", format, at);
    const whole = shape.length > 1 && shape.at(-1)! % 4 === 0;
    if (whole || !row) return declared("vec4f", `return ${value};`);
    // Behind the last value lie numbers of whoever used the memory before. The number of values is no part of the text:
    // it may be that of the samples in a batch.
    const [length, field] = shape.length === 0 ? ["1u", null] : [`sizes.${given.name}`, given];
    const real = `vec4u(col * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(${length})`;
    return declared("vec4f", `return select(vec4f(), ${value}, ${real});`, field);
  }
  // A pixel's channels end inside a vector.
  const groups = cols / width;
  const head =
    `let c = (col % ${groups}u) * 4u; let at = (row * ${width}u + col / ${groups}u) * ${channels}u + c;`;
  return declared("f32", scalarByScalar(name, format, write, head, `${channels}u`));
}

/** WGSL of a texture of several layers and its accessor. */
function layeredCode(
  name: string,
  { format = "f32" }: BoundOperand,
  write: boolean,
  called: string,
): OperandCode {
  const type = ` ${name}: texture_storage_2d_array<${texelFormat(format)}, ${write ? "write" : "read"}>;`;
  const at = `${name}, vec2u(col, row), layer`;
  const accessor = write
    ? `fn ${called}(layer: u32, row: u32, col: u32, value: vec4f) { ` +
      `textureStore(${at}, ${storedTexel(format, "value")}); }`
    : `fn ${called}(layer: u32, row: u32, col: u32) -> vec4f { return textureLoad(${at}); }`;
  return { type, accessor, length: null };
}

/** Body of an accessor from element `at` on, channel `c` of so many, scalar by scalar; zero beyond the last. */
function scalarByScalar(
  name: string,
  format: NumberFormat,
  write: boolean,
  head: string,
  channels: string,
): string {
  const lanes = [0, 1, 2, 3].map((i) => {
    const inside = `c + ${i}u < ${channels}`;
    return write
      ? `if (${inside}) { ${name}[at + ${i}u] = ${stored("f32", format, `value[${i}]`)}; }`
      : `if (${inside}) { value[${i}] = ${loaded("f32", format, `${name}[at + ${i}u]`)}; }`;
  }).join(" ");
  return write ? `${head} ${lanes}` : `${head} var value = vec4f(); ${lanes} return value;`;
}

function typeOf(name: string, { place, format }: Held, write: boolean, element: Element): string {
  if (place === "texture") {
    return ` ${name}: texture_storage_2d<${texelFormat(format)}, ${write ? "write" : "read"}>;`;
  }
  return `<storage, ${write ? "read_write" : "read"}> ${name}: array<${storedType(element, format)}>;`;
}
