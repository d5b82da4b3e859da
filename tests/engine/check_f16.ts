import { interpret } from "../../engine/graph/interpret.ts";
import { input } from "../../engine/graph/source.ts";
import { pullback } from "../../engine/autodiff/differentiate.ts";
import { sizeOf } from "../../engine/kernel/shape.ts";
import type { Tensor } from "../../engine/graph/node.ts";
import { assertClose } from "./close.ts";
import { type CheckOptions, type Example, type Numbers, valuesOf } from "./examples.ts";
import { deviceOf, evaluate, FAMILIES } from "./families.ts";
import { inTexture } from "./in_texture.ts";

const tested = new Set<string>();

/** Whether these are the first examples in this file of the op that the name begins with, and neither tiny nor long to test. */
export function isFirst(name: string, examples: readonly Example[]): boolean {
  const [op] = name.match(/^\w+/) ?? [name];
  const sizes = examples.map(({ shape }) => sizeOf(shape));
  const fits = examples.some(({ shape }) => shape.length >= 2) && Math.max(...sizes) >= 6 &&
    Math.max(...sizes) <= 20_000;
  if (!fits || tested.has(op)) return false;
  tested.add(op);
  return true;
}

/** Numbers are rounded by at most this share of themselves. */
const EPSILON = 2 ** -11;

/**
 * Compares an op and its gradients in both families with the float64 reference where inputs, cotangent, result and
 * whatever is wide between them are stored in f16. The inputs are rounded to it before, so that both begin with the same.
 */
export async function checkF16(
  title: string,
  build: (...inputs: Tensor[]) => Tensor,
  examples: readonly Example[],
  options: CheckOptions,
): Promise<void> {
  const inputs = examples.map(({ shape, dtype }, i) => input(`input ${i}`, shape, dtype));
  const feeds = new Map(inputs.map((tensor, i) => [tensor, rounded(valuesOf(examples[i], `${title} ${i}`))]));
  const outputs: Record<string, Tensor> = { y: build(...inputs) };
  const inF16: Record<string, Tensor> = { y: build(...inputs.map(inTexture)) };
  if (options.gradient !== false) {
    const dy = input("dy", outputs.y.shape);
    feeds.set(dy, rounded(valuesOf({ shape: dy.shape }, `${title} dy`)));
    const wrt = inputs.filter((tensor, i) => examples[i].gradient ?? tensor.dtype === "f32");
    const gradients = pullback(outputs.y, dy, wrt);
    pullback(inF16.y, inTexture(dy), wrt).forEach((gradient, i) => {
      outputs[`d(${i})`] = gradients[i];
      inF16[`d(${i})`] = gradient;
    });
  }
  const expected = interpret(Object.values(outputs), feeds);
  const stored = Object.fromEntries(
    Object.entries(inF16).map(([name, tensor]) => [name, inTexture(tensor)]),
  );
  for (const family of FAMILIES) {
    const actual = await evaluate(await deviceOf(family), stored, feeds, "f16");
    Object.keys(outputs).forEach((name, i) => {
      assertClose(`${family} in f16 ${name}`, actual[name], expected[i], {
        // A result is rounded once, what it is computed from in a few places on the way: as many errors of half a
        // unit, of which some are larger than usual in thousands of values.
        relative: 8 * EPSILON,
        // Below 6e-5 the digits are fewer, in steps of 6e-8.
        absolute: 1e-7,
        ...options.f16,
      });
    });
  }
}

function rounded(values: Numbers): Numbers {
  return values instanceof Float32Array ? values.map(Math.f16round) : values;
}
