import { type NumberFormat, storedTexel, texelFormat } from "./format.ts";

/** The type of a texture of several layers, and the accessor `load_<name>(layer, row, col)`, or `store_<name>` with a value. */
export function layeredCode(name: string, format: NumberFormat, write: boolean): string {
  const type = `texture_storage_2d_array<${texelFormat(format)}, ${write ? "write" : "read"}>`;
  const texel = `${name}, vec2u(col, row), layer`;
  const code = write
    ? `fn store_${name}(layer: u32, row: u32, col: u32, value: vec4f) ` +
      `{ textureStore(${texel}, ${storedTexel(format, "value")}); }`
    : `fn load_${name}(layer: u32, row: u32, col: u32) -> vec4f { return textureLoad(${texel}); }`;
  return `${name}: ${type};\n${code}`;
}
