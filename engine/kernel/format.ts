/**
 * The format in which the numbers of a tensor are stored. Kernels calculate in f32 whatever it is: what they load is
 * widened, what they store becomes one of the two numbers beside it, the adapter's choice, and from 65,536 on it is
 * infinite.
 */
export type NumberFormat = "f32" | "f16";

/** The unit that kernels move at once: a 4-vector or a single number. */
export type Element = "vec4f" | "f32";

/** Bytes of a number. */
export function bytesOf(format: NumberFormat): number {
  return format === "f16" ? 2 : 4;
}

/** The WGSL type of an element in a buffer. */
export function storedType(element: Element, format: NumberFormat): string {
  if (format === "f32") return element;
  return element === "vec4f" ? "vec4<f16>" : "f16";
}

/** WGSL for the f32 value of an expression that reads an element of a buffer. */
export function loaded(element: Element, format: NumberFormat, expression: string): string {
  return format === "f32" ? expression : `${element}(${expression})`;
}

/** WGSL for the element of a buffer that stores an expression in f32. */
export function stored(element: Element, format: NumberFormat, expression: string): string {
  return format === "f32" ? expression : `${storedType(element, format)}(${expression})`;
}

/** The WGSL name of a texture's format. */
export function texelFormat(format: NumberFormat): "rgba32float" | "rgba16float" {
  return format === "f16" ? "rgba16float" : "rgba32float";
}

/**
 * WGSL for the texel that stores an expression in f32, rounded first: adapters may cut digits off, and infinity down
 * to the largest number.
 */
export function storedTexel(format: NumberFormat, expression: string): string {
  return format === "f32" ? expression : `vec4f(vec4<f16>(${expression}))`;
}
