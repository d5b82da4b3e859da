import { assert, assertEquals, assertThrows } from "@std/assert";
import { hash32, LegacyRandom } from "../../../data/mod.ts";
import fixture from "../../fixtures/data/long_tail.json" with { type: "json" };
import { ascending, sha256 } from "../helpers.ts";

Deno.test("LegacyRandom gives NumPy's bits and NumPy's shuffle", () => {
  for (const { seed, bits, order, sha256: expected } of fixture.streams) {
    const stream = new LegacyRandom(seed);
    assertEquals(bits.map(() => stream.uint32()), bits);
    const values = ascending(1500); // more than one refill of the state
    new LegacyRandom(seed).shuffle(values);
    assertEquals(Array.from(values.subarray(0, 8)), order);
    assertEquals(sha256(values), expected);
  }
});

Deno.test("LegacyRandom takes the seeds that NumPy takes", () => {
  for (const seed of [-1, 2 ** 32, 0.5, NaN]) {
    assertThrows(() => new LegacyRandom(seed), RangeError, `current seed is ${seed}`);
  }
});

Deno.test("LegacyRandom.interval includes both ends", () => {
  const random = new LegacyRandom(0);
  const seen = new Set(Array.from({ length: 200 }, () => random.interval(4)));
  assertEquals([...seen].sort(), [0, 1, 2, 3, 4]);
  assertEquals(random.interval(0), 0);
});

Deno.test("hash32 depends on every value and on their order, and spreads over 32 bits", () => {
  assertEquals(hash32(1, 2, 3), hash32(1, 2, 3));
  const distinct = new Set(
    [[1, 2], [2, 1], [1], [1, 2, 0], [0, 1, 2], [0], []].map((values) => hash32(...values)),
  );
  assertEquals(distinct.size, 7);
  // Each output bit is one half of the time, within 5 standard deviations (sqrt(n) / 2).
  const n = 20_000;
  const ones = new Array(32).fill(0);
  for (let i = 0; i < n; i++) {
    const value = hash32(7, i);
    for (let bit = 0; bit < 32; bit++) ones[bit] += value >>> bit & 1;
  }
  for (const count of ones) assert(Math.abs(count - n / 2) < 2.5 * Math.sqrt(n), `${ones}`);
});
