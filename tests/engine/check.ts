import { assertEquals } from "@std/assert";
import { interpret } from "../../engine/interpret.ts";
import { input, nameOf } from "../../engine/ops/source.ts";
import { pullback } from "../../engine/passes/differentiate.ts";
import type { Shape, Tensor } from "../../engine/tensor.ts";
import { ofHalf } from "../half.ts";
import { checkHalf, isFirst } from "./check_half.ts";
import { assertClose } from "./close.ts";
import { type CheckOptions, type Example, type Numbers, valuesOf } from "./examples.ts";
import { deviceOf, evaluate, FAMILIES } from "./families.ts";
import { inTexture, padding } from "./in_texture.ts";
import { seedOf, uniform } from "./random.ts";

export { type CheckOptions, deviceOf, evaluate, type Example, FAMILIES };

/**
 * Registers a test of an op. In both families it compares shape and values with the float64 reference, and every
 * input's gradient with the reference of the same gradient graph; that one is compared with central differences. Of
 * each op one shape is compared once more where values are stored in f16.
 */
export function checkOp(
  name: string,
  build: (...inputs: Tensor[]) => Tensor,
  examples: readonly (Shape | Example)[],
  options: CheckOptions = {},
): void {
  const full = examples.map((example) => "shape" in example ? example : { shape: example as Shape });
  const title = `${name} ${full.map(({ shape }) => `[${shape.join(", ")}]`).join(" ")}`;
  Deno.test(title, () => checkGraph(title, build, full, options));
  if (!options.half && !isFirst(name, full)) return;
  Deno.test({ ...ofHalf(`${title} in f16`), fn: () => checkHalf(title, build, full, options) });
}

async function checkGraph(
  title: string,
  build: (...inputs: Tensor[]) => Tensor,
  examples: readonly Example[],
  options: CheckOptions,
): Promise<void> {
  const inputs = examples.map(({ shape, dtype }, i) => input(`input ${i}`, shape, dtype));
  const feeds = new Map<Tensor, Numbers>(
    inputs.map((tensor, i) => [tensor, valuesOf(examples[i], `${title} ${i}`)]),
  );
  const y = build(...inputs);
  if (options.shape) assertEquals(y.shape, options.shape);
  const outputs: Record<string, Tensor> = { y };
  const viaTextures: Record<string, Tensor> = { y: build(...inputs.map(inTexture)) };

  if (options.gradient !== false) {
    const dy = input("dy", y.shape);
    feeds.set(dy, valuesOf({ shape: y.shape }, `${title} dy`));
    const wrt = inputs.filter((tensor, i) => examples[i].gradient ?? tensor.dtype === "f32");
    const gradients = pullback(y, dy, wrt);
    const texturedGradients = pullback(viaTextures.y, dy, wrt);
    interpret(gradients, feeds).forEach((gradient, i) => {
      assertEquals(gradients[i].shape, wrt[i].shape);
      checkDifferences(y, feeds, { tensor: wrt[i], cotangent: feeds.get(dy)!, gradient, title });
    });
    wrt.forEach((tensor, i) => {
      outputs[`d(${nameOf(tensor)})`] = gradients[i];
      viaTextures[`d(${nameOf(tensor)})`] = texturedGradients[i];
    });
  }

  const expected = interpret(Object.values(outputs), feeds);
  const compare = (variant: string, actual: Record<string, Float32Array>) =>
    Object.keys(outputs).forEach((name, i) => {
      if (!(name in actual)) return;
      const tolerance = name === "y" ? options : { ...options, ...options.gradientTolerance };
      assertClose(`${variant} ${name}`, actual[name], expected[i], tolerance);
    });
  for (const family of FAMILIES) {
    const device = await deviceOf(family);
    // Forward alone first: with the gradients in the graph, fewer ops fuse.
    if (options.gradient !== false) compare(`${family} forward`, await evaluate(device, { y }, feeds));
    compare(family, await evaluate(device, outputs, feeds));
  }
  if ([...inputs, ...Object.values(outputs)].some(({ shape }) => shape.length >= 2)) {
    const outputs: Record<string, Tensor> = {};
    for (const [name, tensor] of Object.entries(viaTextures)) {
      outputs[name] = inTexture(tensor);
      if (tensor.shape.length >= 2) outputs[`padding of ${name}`] = padding(tensor);
    }
    const actual = await evaluate(await deviceOf("lane"), outputs, feeds);
    compare("lane in textures", actual);
    for (const [name, values] of Object.entries(actual)) {
      if (name.startsWith("padding")) assertClose(`lane in textures ${name}`, values, values.map(() => 0));
    }
  }
}

/** Compares some values of a reference gradient with (f(x + h) - f(x - h)) / 2h, f = sum(y * cotangent). */
function checkDifferences(
  y: Tensor,
  feeds: ReadonlyMap<Tensor, Numbers>,
  { tensor, cotangent, gradient, title }: {
    tensor: Tensor;
    cotangent: Numbers;
    gradient: Float64Array;
    title: string;
  },
): void {
  // In float64 the truncation error is about h^2 and the rounding error about 1e-16 |y| / h: of the values, as their
  // differences are summed up; of a difference of long sums it would be that of the sums.
  const h = 1e-5;
  const at = Float64Array.from(feeds.get(tensor)!);
  const values = () => interpret([y], new Map<Tensor, ArrayLike<number>>([...feeds, [tensor, at]]))[0];
  const next = uniform(seedOf(`${title} ${nameOf(tensor)}`));
  const places = Array.from(
    { length: Math.min(6, at.length) },
    (_, i) => at.length <= 6 ? i : Math.floor(next() * at.length),
  );
  const differences = places.map((place) => {
    const value = at[place];
    at[place] = value + h;
    const above = values();
    at[place] = value - h;
    const below = values();
    at[place] = value;
    return above.reduce((sum, y, i) => sum + (y - below[i]) * cotangent[i], 0) / (2 * h);
  });
  assertClose(
    `central differences of ${nameOf(tensor)} at ${places.join(", ")}`,
    places.map((place) => gradient[place]),
    differences,
    { relative: 1e-6, absolute: 1e-7 },
  );
}
