import { assert, assertEquals } from "@std/assert";
import { Draws } from "../../../data/augment/draws.ts";
import { hash32 } from "../../../data/mod.ts";

Deno.test("Draws gives the same numbers for a key, and others for another", () => {
  const take = (key: number): number[] => {
    const draws = new Draws(key);
    return Array.from({ length: 5 }, () => draws.uniform());
  };
  assertEquals(take(7), take(7));
  assertEquals(new Set([...take(7), ...take(8)]).size, 10);
});

Deno.test("Draws.uniform spreads evenly over its range, at every place of the stream, and from place to place", () => {
  const n = 20_000;
  const places = 4;
  const streams = Array.from({ length: n }, (_, i) => {
    const draws = new Draws(hash32(1, i));
    return Array.from({ length: places }, () => draws.uniform(2, 5));
  });
  for (let place = 0; place < places; place++) {
    const values = streams.map((stream) => stream[place]);
    assert(values.every((value) => value >= 2 && value < 5));
    // Mean 3.5, variance 9 / 12; five standard deviations of the mean.
    const mean = values.reduce((a, b) => a + b) / n;
    assert(Math.abs(mean - 3.5) < 5 * Math.sqrt(.75 / n), `place ${place}: mean ${mean}`);
    const next = streams.map((stream) => stream[(place + 1) % places]);
    const covariance = values.reduce((sum, value, i) => sum + (value - 3.5) * (next[i] - 3.5), 0) / n;
    assert(Math.abs(covariance) < 5 * .75 / Math.sqrt(n), `place ${place}: covariance ${covariance}`);
  }
});

Deno.test("Draws.chance is never for 0, always for 1, and as often as it says between", () => {
  const n = 10_000;
  const count = (probability: number): number =>
    Array.from({ length: n }, (_, i) => new Draws(hash32(2, i)).chance(probability)).filter((yes) => yes)
      .length;
  assertEquals([count(0), count(1)], [0, n]);
  assert(Math.abs(count(.2) - .2 * n) < 5 * Math.sqrt(.16 * n), `${count(.2)}`);
});

Deno.test("Draws.integer gives every number below its limit as often, Draws.shuffle every order", () => {
  const n = 24_000;
  const orders = new Map<string, number>();
  const numbers = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    const draws = new Draws(hash32(3, i));
    const order = draws.shuffle(["a", "b", "c", "d"]).join("");
    orders.set(order, (orders.get(order) ?? 0) + 1);
    numbers[draws.integer(7)]++;
  }
  assertEquals(orders.size, 24);
  // Binomial: five standard deviations.
  for (const count of orders.values()) assert(Math.abs(count - n / 24) < 5 * Math.sqrt(n / 24), `${count}`);
  for (const count of numbers) assert(Math.abs(count - n / 7) < 5 * Math.sqrt(n / 7), `${numbers}`);
});
