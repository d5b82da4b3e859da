// What the properties of ops draw: lengths at which kernels change their ways, and shapes of few values.

import fc from "fast-check";
import { type Shape, sizeOf } from "../../../engine/kernel/shape.ts";
import type { Example } from "../examples.ts";
import { uniform } from "../random.ts";

/** Below, at and above 4-vectors, register tiles, workgroups and tiles. */
const EDGES = new Set([1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65]);

/** Largest lengths that are drawn. */
export const [BATCH, SIDE, CHANNELS] = [9, 20, 70];

/** Whole numbers from 1 on, or another least one, more of them at edges; smaller ones are simpler. */
export function length(most: number, least = 1): fc.Arbitrary<number> {
  const all = Array.from({ length: most - least + 1 }, (_, i) => least + i);
  const biased = all.flatMap((n) => EDGES.has(n) ? [n, n, n] : [n]);
  return fc.nat(biased.length - 1).map((i) => biased[i]);
}

/** The lengths, those first in the order cut until the cost is low enough; the others stay as they were drawn. */
export function within<Name extends string>(
  lengths: Readonly<Record<Name, number>>,
  order: readonly Name[],
  cost: (lengths: Readonly<Record<Name, number>>) => number,
  most: number,
): Record<Name, number> {
  const cut: Record<Name, number> = { ...lengths };
  for (const name of order) {
    while (cut[name] > 1 && cost(cut) > most) cut[name] = Math.floor(cut[name] / 2);
  }
  return cut;
}

/** All of these names in some order. */
export function orderOf<Name extends string>(names: readonly Name[]): fc.Arbitrary<Name[]> {
  return fc.shuffledSubarray([...names], { minLength: names.length });
}

/** Most values of a tensor. */
const MOST_VALUES = 4000;

/** Shapes of a rank, [B, ..., C]. */
export function shapes(least: number, most: number): fc.Arbitrary<Shape> {
  return fc.integer({ min: least, max: most }).chain((rank) =>
    fc.record({
      lengths: fc.tuple(
        ...Array.from(
          { length: rank },
          (_, axis) => length(axis === rank - 1 ? CHANNELS : rank > 2 && axis > 0 ? SIDE : BATCH),
        ),
      ),
      order: orderOf(Array.from({ length: rank }, (_, axis) => String(axis))),
    })
  ).map(({ lengths, order }) => {
    const named: Record<string, number> = Object.fromEntries(lengths.map((n, axis) => [String(axis), n]));
    const cut = within(named, order, (all) => sizeOf(Object.values(all)), MOST_VALUES);
    return lengths.map((_, axis) => cut[axis]);
  });
}

/** Images [N, H, W, C]. */
export const images: fc.Arbitrary<Shape> = shapes(4, 4);

/** An axis of each shape of these. */
export function withAxis(of: fc.Arbitrary<Shape>): fc.Arbitrary<{ shape: Shape; axis: number }> {
  return of.chain((shape) => fc.nat(shape.length - 1).map((axis) => ({ shape, axis })));
}

/** Numbers of one sign: a sum of them is as large as its terms, so that its rms tells what rounding does to it. */
export function steady(shape: Shape, more: Partial<Example> = {}): Example {
  return { shape, range: [0.5, 1.5], ...more };
}

/** u32 [rows], each below a number of classes, of which only the first some may occur. */
export function labels(rows: number, present: number): Example {
  return { shape: [rows], dtype: "u32", range: [0, present] };
}

/** Values of a shape by a function of uniform numbers. */
export function made(shape: Shape, seed: number, value: (next: () => number) => number): Example {
  const next = uniform(seed);
  return { shape, values: Array.from({ length: sizeOf(shape) }, () => value(next)) };
}

/** Whole numbers from 0 to 3: ties. */
export function ties(shape: Shape, seed: number): Example {
  return made(shape, seed, (next) => Math.floor(4 * next()));
}
