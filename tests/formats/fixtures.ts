import type { StateDict } from "../../formats/checkpoint/mod.ts";
import expectedJson from "../fixtures/io/expected.json" with { type: "json" };

/** What make.py says of a file beside it. */
export interface Expected {
  tensors: Record<string, { shape: number[]; dtype: string; values: string[] }>;
  metadata?: Record<string, string>;
  entries?: string[];
  leftOut?: string[];
}

export const expected: Record<string, Expected> = expectedJson;

/** Bytes of a file of tests/fixtures/io. */
export function fixture(name: string): Uint8Array {
  return Deno.readFileSync(new URL(`../fixtures/io/${name}`, import.meta.url));
}

/** A state dict in the form of expected.json; values become numbers and bigints. */
export function plain(state: StateDict): unknown[] {
  return [...state].map(([name, { shape, dtype, data }]) => ({ name, shape, dtype, values: [...data] }));
}

/** The tensors of expected.json in the same form. */
export function plainExpected({ tensors }: Expected): unknown[] {
  return Object.entries(tensors).map(([name, { shape, dtype, values }]) => ({
    name,
    shape,
    dtype,
    values: values.map((text) => dtype === "i64" ? BigInt(text) : Number(text)),
  }));
}

/** A state dict of zeros with these shapes. */
export function zeros(shapes: Record<string, number[]>): StateDict {
  return new Map(
    Object.entries(shapes).map(([name, shape]) => [name, {
      shape,
      dtype: "f32",
      data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
    }]),
  );
}
