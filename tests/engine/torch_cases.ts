// The values that PyTorch gave (see `tests/fixtures/torch`), case by case.

import { parseSafetensors } from "../../formats/checkpoint/mod.ts";
import { input } from "../../engine/graph/source.ts";
import type { Tensor } from "../../engine/graph/node.ts";
import { deviceOf, evaluate, FAMILIES } from "./check.ts";
import { assertClose, type Tolerance } from "./close.ts";

/** One case of a fixture: an op with its attributes, what it was given and what it answered. */
export interface TorchCase {
  name: string;
  /** The op and its attributes, such as `{ op: "conv2d", stride: 2 }`. */
  // deno-lint-ignore no-explicit-any
  attributes: Record<string, any>;
  tensors: Map<string, { shape: number[]; data: Float32Array }>;
}

/** The bytes of a file of `tests/fixtures/torch`. */
export function torchFile(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(`../fixtures/torch/${name}`, import.meta.url));
}

/** The cases of one op in a file of `tests/fixtures/torch`. @throws {Error} when there are none. */
export function torchCases(op: string, file = "ops.safetensors"): TorchCase[] {
  const { state, metadata } = parseSafetensors(torchFile(file));
  const cases = Object.entries(metadata)
    .map(([name, text]) => ({ name, attributes: JSON.parse(text), tensors: new Map() }) as TorchCase)
    .filter(({ attributes }) => attributes.op === op);
  if (cases.length === 0) throw new Error(`${file} has no case of ${op}`);
  for (const [key, { shape, data }] of state) {
    const dot = key.lastIndexOf(".");
    const own = cases.find(({ name }) => name === key.slice(0, dot));
    own?.tensors.set(key.slice(dot + 1), { shape, data: Float32Array.from(data as ArrayLike<number>) });
  }
  return cases;
}

/**
 * Registers a test of each case of an op: in both families, what `build` makes of the case's tensors equals the
 * tensors of the same names in the fixture.
 */
export function checkTorch(
  op: string,
  build: (inputs: Record<string, Tensor>, attributes: TorchCase["attributes"]) => Record<string, Tensor>,
  tolerance: Tolerance = {},
  file?: string,
): void {
  for (const { name, attributes, tensors } of torchCases(op, file)) {
    Deno.test(`${name} as PyTorch`, async () => {
      const inputs = Object.fromEntries([...tensors].map(([key, { shape }]) => [key, input(key, shape)]));
      const feeds = new Map([...tensors].map(([key, { data }]) => [inputs[key], data]));
      const outputs = build(inputs, attributes);
      for (const family of FAMILIES) {
        const results = await evaluate(await deviceOf(family), outputs, feeds);
        for (const [key, values] of Object.entries(results)) {
          assertClose(`${family} ${key}`, values, tensors.get(key)!.data, tolerance);
        }
      }
    });
  }
}
