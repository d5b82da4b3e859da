import { assert, assertEquals } from "@std/assert";
import { type LiveRange, shareMemory } from "../../../../engine/plan/passes/live_ranges.ts";
import { uniform } from "../../random.ts";

const range = (start: number, end: number, bytes = 16, kind = "buffer"): LiveRange => ({
  kind,
  bytes,
  start,
  end,
});

Deno.test("ranges that follow one another take turns in two blocks", () => {
  // Each value is computed while the one before it is read.
  const { blocks, of } = shareMemory([range(0, 1), range(1, 2), range(2, 3), range(3, 4)]);
  assertEquals(of, [0, 1, 0, 1]);
  assertEquals(blocks.length, 2);
});

Deno.test("a range takes the smallest free block that holds it", () => {
  const ranges = [range(0, 0, 100), range(0, 0, 40), range(1, 1, 30), range(1, 1, 60), range(2, 2, 200)];
  const { blocks, of } = shareMemory(ranges);
  assertEquals(of, [0, 1, 1, 0, 2]);
  assertEquals(blocks.map(({ bytes }) => bytes), [100, 40, 200]);
});

Deno.test("kinds do not share", () => {
  const { of } = shareMemory([range(0, 0, 16, "4x1"), range(1, 1, 16, "1x4"), range(2, 2, 16, "4x1")]);
  assertEquals(of, [0, 1, 0]);
});

Deno.test("nothing to place takes nothing", () => {
  assertEquals(shareMemory([]), { blocks: [], of: [] });
});

Deno.test("no two ranges that overlap share a block, and every block holds its ranges", () => {
  const next = uniform(11);
  const whole = (n: number) => Math.floor(next() * n);
  for (let round = 0; round < 50; round++) {
    const ranges = Array.from({ length: 40 }, () => {
      const start = whole(30);
      return range(start, start + whole(8), 16 * (1 + whole(5)), ["buffer", "2x2"][whole(2)]);
    }).sort((a, b) => a.start - b.start);
    const { blocks, of } = shareMemory(ranges);
    ranges.forEach((a, i) => {
      assert(blocks[of[i]].bytes >= a.bytes && blocks[of[i]].kind === a.kind);
      ranges.slice(0, i).forEach((b, j) => {
        const overlap = a.start <= b.end && b.start <= a.end;
        assert(of[i] !== of[j] || !overlap, `${JSON.stringify(a)} and ${JSON.stringify(b)} share`);
      });
    });
    assert(blocks.length < ranges.length);
  }
});
