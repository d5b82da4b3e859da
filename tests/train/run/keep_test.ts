// A run that cannot write what it has worked out ends, and what was written before stays.

import { assertEquals, assertRejects } from "@std/assert";
import { UnwrittenError } from "../../../data/disk/mod.ts";
import { NonFiniteError } from "../../../engine/mod.ts";
import { type Keeper, keeping } from "../../../train/run/keep.ts";
import { withClock } from "../../clock.ts";
import { silent } from "../../../train/progress/progress.ts";

/** The times of saving, and whether the work was said to go on from there. */
class Recorder implements Keeper {
  readonly saved: boolean[] = [];

  constructor(private readonly full = Infinity) {}

  save(goesOn: boolean): Promise<void> {
    this.saved.push(goesOn);
    return this.saved.length < this.full ? Promise.resolve() : Promise.reject(new Error("the disk is full"));
  }

  words(goesOn: boolean): string | null {
    return goesOn ? "to go on" : null;
  }

  unsaved(): string {
    return "the last save stays";
  }
}

/** Three epochs of a minute each, by a clock that is moved on; then an error if one is given. */
function threeEpochs(keeper: Keeper, error?: Error, told: string[] = []): Promise<void> {
  const progress = { ...silent, line: (text: string) => void told.push(text) };
  return withClock((clock) =>
    keeping(keeper, progress, async (onEpoch) => {
      for (clock.ms = 60_000; clock.ms <= 180_000; clock.ms += 60_000) await onEpoch();
      if (error) throw error;
    })
  );
}

Deno.test("a run is saved on the way, and once more when it breaks, as one that does not go on", async () => {
  const whole = new Recorder();
  await threeEpochs(whole);
  assertEquals(whole.saved, [true, true, true]);
  const broken = new Recorder();
  await assertRejects(() => threeEpochs(broken, new NonFiniteError("NaN")), NonFiniteError);
  assertEquals(broken.saved, [true, true, true, false]);
});

Deno.test("a run that cannot be saved on the way leaves what was saved before as it is", async () => {
  const [full, told]: [Recorder, string[]] = [new Recorder(2), []];
  await assertRejects(() => threeEpochs(full, undefined, told), Error, "the disk is full");
  assertEquals([full.saved, told], [[true, true], ["the last save stays"]]);
});

Deno.test("a run that cannot write a file is saved as one that goes on; if it cannot be saved either, that is told", async () => {
  for (const [full, words] of [[Infinity, "to go on"], [4, "the last save stays"]] as const) {
    const [keeper, told]: [Recorder, string[]] = [new Recorder(full), []];
    const error = new UnwrittenError("Cannot write report.html");
    const thrown = await assertRejects(() => threeEpochs(keeper, error, told), UnwrittenError);
    assertEquals([keeper.saved, told], [[true, true, true, true], [words]]);
    assertEquals(thrown === error ? null : thrown.cause, full === 4 ? error : null);
  }
});
