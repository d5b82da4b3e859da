import { assertEquals } from "@std/assert";
import { interpret } from "../../engine/graph/interpret.ts";
import type { Family, Tensor } from "../../engine/graph/node.ts";
import { input, nameOf } from "../../engine/graph/source.ts";
import { pullback } from "../../engine/autodiff/differentiate.ts";
import { assertClose } from "./close.ts";
import { type CheckOptions, type Example, type Numbers, valuesOf } from "./examples.ts";
import { deviceOf, evaluateAll, type Run, TILE_WITHOUT_SUBGROUPS, WITHOUT_SUBGROUPS } from "./families.ts";
import { inTexture, padding } from "./in_texture.ts";
import { seedOf, uniform } from "./random.ts";

/** Way in which a graph is run: its result alone, with the gradients, with those between textures, or with them and no subgroups. */
export type Way = Family | `${Family} forward` | `${Family} without subgroups` | typeof TEXTURES;

const TEXTURES = "lane in textures";

const WAYS: readonly Way[] = ["tile forward", "tile", "lane forward", "lane", TEXTURES];

/** How much is compared. */
export interface Extent {
  /** Default all of them. */
  ways?: readonly Way[];
  /** Values of each gradient that are compared with central differences; default 6. */
  places?: number;
}

/** Graphs to run, and what to hold their values against. */
export interface Comparison {
  runs: readonly Run[];
  /** @throws {Error} when a value is not close to its reference. */
  check(found: readonly Record<string, Float32Array>[]): void;
}

/**
 * Compares shape and values of a graph, and every input's gradient, with the float64 reference of the same graph, in
 * some ways of running it; and that reference of the gradients with central differences. Random values hang on the
 * title.
 */
export async function compareGraph(...given: Parameters<typeof comparisonOf>): Promise<void> {
  const { runs, check } = await comparisonOf(...given);
  check(await evaluateAll(runs));
}

/** What {@link compareGraph} runs and, when it has run, holds against the reference, for several to run at once. */
export async function comparisonOf(
  title: string,
  build: (...inputs: Tensor[]) => Tensor,
  examples: readonly Example[],
  options: CheckOptions,
  { ways = WAYS, places = 6 }: Extent = {},
): Promise<Comparison> {
  const inputs = examples.map(({ shape, dtype }, i) => input(`input ${i}`, shape, dtype));
  const feeds = new Map<Tensor, Numbers>(
    inputs.map((tensor, i) => [tensor, valuesOf(examples[i], `${title} ${i}`)]),
  );
  const y = build(...inputs);
  if (options.shape) assertEquals(y.shape, options.shape);
  const outputs: Record<string, Tensor> = { y };
  const viaTextures: Record<string, Tensor> = { y: build(...inputs.map(inTexture)) };

  const wrt = options.gradient === false
    ? []
    : inputs.filter((tensor, i) => examples[i].gradient ?? tensor.dtype === "f32");
  const dy = input("dy", y.shape);
  if (wrt.length > 0) {
    feeds.set(dy, valuesOf({ shape: y.shape, range: options.cotangent }, `${title} dy`));
    const [gradients, viaTexture] = [y, viaTextures.y].map((result) => pullback(result, dy, wrt));
    wrt.forEach((tensor, i) => {
      outputs[`d(${nameOf(tensor)})`] = gradients[i];
      viaTextures[`d(${nameOf(tensor)})`] = viaTexture[i];
    });
  }

  const names = Object.keys(outputs);
  const expected = interpret(Object.values(outputs), feeds);
  wrt.forEach((tensor, i) => {
    const gradient = expected[i + 1];
    assertEquals(outputs[names[i + 1]].shape, tensor.shape);
    checkDifferences(y, feeds, { tensor, cotangent: feeds.get(dy)!, gradient, title, places });
  });
  // With the gradients in the graph, fewer ops fuse: the result is computed alone as well. Of vectors and scalars there is
  // nothing to put into textures.
  const isWide = [...inputs, ...Object.values(outputs)].some(({ shape }) => shape.length >= 2);
  const useful = ways.filter((way) =>
    !(way.endsWith("forward") && wrt.length === 0) && !(way === TEXTURES && !isWide && ways.includes("lane"))
  );
  const runs = useful.map(async (way) => ({
    device: await deviceOf(
      way === WITHOUT_SUBGROUPS || way === TILE_WITHOUT_SUBGROUPS ? way : way.split(" ")[0] as Family,
    ),
    outputs: way === TEXTURES ? inTextures(viaTextures) : way.endsWith("forward") ? { y } : outputs,
    feeds,
  }));
  const check = (found: readonly Record<string, Float32Array>[]) =>
    useful.forEach((way, i) => {
      for (const [name, values] of Object.entries(found[i])) {
        const at = names.indexOf(name);
        const tolerance = at === 0 ? options : { ...options, ...options.gradientTolerance };
        if (at >= 0) assertClose(`${way} ${name}`, values, expected[at], tolerance);
        else assertClose(`${way} ${name}`, values, values.map(() => 0));
      }
    });
  return { runs: await Promise.all(runs), check };
}

/** The outputs in textures, and what is in them beyond their last channels, which has to be zero. */
function inTextures(outputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const all: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(outputs)) {
    all[name] = inTexture(tensor);
    if (tensor.shape.length >= 2) all[`padding of ${name}`] = padding(tensor);
  }
  return all;
}

/** Compares some values of a reference gradient with (f(x + h) - f(x - h)) / 2h, f = sum(y * cotangent). */
function checkDifferences(
  y: Tensor,
  feeds: ReadonlyMap<Tensor, Numbers>,
  { tensor, cotangent, gradient, title, places: count }: {
    tensor: Tensor;
    cotangent: Numbers;
    gradient: Float64Array;
    title: string;
    places: number;
  },
): void {
  // In float64 the truncation error is about h^2 and the rounding error about 1e-16 |y| / h: of the values, as their
  // differences are summed up; of a difference of long sums it would be that of the sums.
  const h = 1e-5;
  const at = Float64Array.from(feeds.get(tensor)!);
  const values = () => interpret([y], new Map<Tensor, ArrayLike<number>>([...feeds, [tensor, at]]))[0];
  const next = uniform(seedOf(`${title} ${nameOf(tensor)}`));
  const places = Array.from(
    { length: Math.min(count, at.length) },
    (_, i) => at.length <= count ? i : Math.floor(next() * at.length),
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
