import { assert, assertEquals } from "@std/assert";
import { assignSlots, type Stay } from "../../../../engine/plan/passes/slots.ts";
import { uniform } from "../../random.ts";

const stay = (birth: number, death: number, bytes = 16, kind = "buffer"): Stay => ({
  kind,
  bytes,
  birth,
  death,
});

Deno.test("stays that follow one another take turns in two slots", () => {
  // Each value is born while the one before it is read.
  const { slots, of } = assignSlots([stay(0, 1), stay(1, 2), stay(2, 3), stay(3, 4)]);
  assertEquals(of, [0, 1, 0, 1]);
  assertEquals(slots.length, 2);
});

Deno.test("a stay takes the smallest free slot that holds it", () => {
  const stays = [stay(0, 0, 100), stay(0, 0, 40), stay(1, 1, 30), stay(1, 1, 60), stay(2, 2, 200)];
  const { slots, of } = assignSlots(stays);
  assertEquals(of, [0, 1, 1, 0, 2]);
  assertEquals(slots.map(({ bytes }) => bytes), [100, 40, 200]);
});

Deno.test("kinds do not share", () => {
  const { of } = assignSlots([stay(0, 0, 16, "4x1"), stay(1, 1, 16, "1x4"), stay(2, 2, 16, "4x1")]);
  assertEquals(of, [0, 1, 0]);
});

Deno.test("nothing to place takes nothing", () => {
  assertEquals(assignSlots([]), { slots: [], of: [] });
});

Deno.test("no two stays that overlap share a slot, and every slot holds its stays", () => {
  const next = uniform(11);
  const whole = (n: number) => Math.floor(next() * n);
  for (let round = 0; round < 50; round++) {
    const stays = Array.from({ length: 40 }, () => {
      const birth = whole(30);
      return stay(birth, birth + whole(8), 16 * (1 + whole(5)), ["buffer", "2x2"][whole(2)]);
    }).sort((a, b) => a.birth - b.birth);
    const { slots, of } = assignSlots(stays);
    stays.forEach((a, i) => {
      assert(slots[of[i]].bytes >= a.bytes && slots[of[i]].kind === a.kind);
      stays.slice(0, i).forEach((b, j) => {
        const overlap = a.birth <= b.death && b.birth <= a.death;
        assert(of[i] !== of[j] || !overlap, `${JSON.stringify(a)} and ${JSON.stringify(b)} share`);
      });
    });
    assert(slots.length < stays.length);
  }
});
