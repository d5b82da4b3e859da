import { assertEquals } from "@std/assert";
import { bestPeer, bestSettings, fullName, ratioOf } from "../../../bench/peers/ratios.ts";
import { row } from "./comparison.ts";

const setting = (name: string, ms: number | null, agrees: boolean | null = true) =>
  row("a", "torch", ms, { setting: name, agrees });

Deno.test("bench ratios: of a peer's settings the fastest with our result counts", () => {
  const of = (...rows: ReturnType<typeof setting>[]) => bestSettings(rows).map(fullName);
  assertEquals(of(setting("x", 3), setting("y", 2), setting("z", null)), ["torch, y"]);
  assertEquals(of(setting("x", 3), setting("y", 2, false)), ["torch, x"]);
  assertEquals(of(setting("x", null), setting("y", 2, false)), ["torch, y"]);
  assertEquals(of(setting("x", null), setting("y", null)), ["torch, x"]);
  // Nobody knows that a result without samples differs: the main job is compared by its recall.
  assertEquals(of(setting("x", 3), setting("y", 2, null)), ["torch, y"]);
});

Deno.test("bench ratios: settings are gathered by workload and peer, in their order", () => {
  const rows = [
    row("a", "everyclass", 10),
    setting("x", 3),
    setting("y", 2),
    row("b", "torch", 7),
    row("a", "jax", 5),
  ];
  const best = bestSettings(rows);
  assertEquals(best.map((row) => [row.workload, fullName(row)]), [
    ["a", "everyclass"],
    ["a", "torch, y"],
    ["b", "torch"],
    ["a", "jax"],
  ]);
  assertEquals(ratioOf(best, ["a"], "torch"), 0.2);
});

Deno.test("bench ratios: the best peer has our result in 32-bit floats, and is not us", () => {
  const rows = [
    row("a", "everyclass", 1, { agrees: true }),
    row("a", "wrong", 2, { agrees: false }),
    row("a", "rounded", 3, { agrees: true, precision: "tf32" }),
    row("a", "slow", 9, { agrees: true }),
    row("a", "best", 4, { agrees: true }),
    row("b", "everyclass", 1),
    row("b", "slow", null),
  ];
  assertEquals(bestPeer(rows, "a")?.peer, "best");
  assertEquals(bestPeer(rows, "b"), null);
});
