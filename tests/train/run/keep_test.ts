// A run that cannot write what it has worked out ends, and what was written before stays.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { UnwrittenError } from "../../../data/disk/mod.ts";
import { DeviceLostError, NonFiniteError } from "../../../engine/mod.ts";
import { Interrupted } from "../../../train/terminal/interrupt.ts";
import { type Keeper, keeping } from "../../../train/run/keep.ts";
import { withClock } from "../../clock.ts";
import type { Saving } from "../../../train/progress/saving.ts";
import { silent } from "../../../train/progress/progress.ts";

/** The times of saving, and whether the work was said to go on from there. */
class Recorder implements Keeper {
  readonly saved: boolean[] = [];

  constructor(private readonly full = Infinity) {}

  save(goesOn: boolean): Promise<void> {
    this.saved.push(goesOn);
    return this.saved.length < this.full ? Promise.resolve() : Promise.reject(new Error("the disk is full"));
  }

  pack(): () => Promise<void> {
    return () => this.save(true);
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
    keeping(keeper, progress, async ({ onEpoch }) => {
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

Deno.test("a run that breaks where another try may get further is saved as one that goes on", async () => {
  for (const may of [true, false]) {
    const [keeper, told]: [Recorder & Keeper, string[]] = [new Recorder(), []];
    const error = new Error("the folder of the images is gone");
    keeper.mayGoOn = (found) => found === error && may;
    await assertRejects(() => threeEpochs(keeper, error, told), Error, "is gone");
    assertEquals([keeper.saved.at(-1), told], [may, may ? ["to go on"] : []]);
  }
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

Deno.test("a run whose device is lost is saved, and nothing is told, unless the user has stopped it", async () => {
  const [lost, told]: [Recorder, string[]] = [new Recorder(), []];
  await assertRejects(() => threeEpochs(lost, new DeviceLostError("lost"), told), DeviceLostError);
  assertEquals([lost.saved, told], [[true, true, true, true], []]);
  const stopped = Object.assign(new Recorder(), { signal: AbortSignal.abort(new Interrupted(130)) });
  const { message } = await assertRejects(
    () => threeEpochs(stopped, new DeviceLostError("lost")),
    Interrupted,
  );
  assertEquals([stopped.saved, message], [[true, true, true, true], "to go on"]);
});

Deno.test("within a part of a run saves come by time, at its end at once, and never take more than their share", () =>
  withClock(async (clock) => {
    const keeper = new Recorder();
    const packs: number[] = [];
    const pace = { everyMs: 30_000, share: 0.01 };
    await keeping(
      {
        ...keeper,
        save: (goesOn) => keeper.save(goesOn),
        words: () => null,
        unsaved: () => "",
        pack() {
          packs.push(clock.ms);
          return () => {
            clock.ms += 500; // so long the write takes: the next save is due after 50 s
            return Promise.resolve();
          };
        },
      },
      silent,
      async ({ saving }) => {
        for (clock.ms = 1000; clock.ms < 100_000; clock.ms += 1000) {
          if (saving.isDue()) saving.save();
          await Promise.resolve().then(() => {}).then(() => {}).then(() => {}); // the write
          await new Promise((resolve) => setTimeout(resolve));
        }
        clock.ms = 200_000;
        assertEquals([saving.isDue(), saving.isDue(true)], [true, true]);
        saving.save();
        assertEquals(saving.isDue(true), false); // it is being written
      },
      pace,
    );
    assertEquals(packs.length, 3);
    assertEquals(packs[0], 30_000);
    assert(packs[1] - packs[0] >= 50_000, `${packs}`);
    assertEquals(keeper.saved, []);
  }));

Deno.test("a save behind the run that cannot be written ends the run at the next save or at its end", async () => {
  for (const asks of [true, false]) {
    const [keeper, told]: [Recorder, string[]] = [new Recorder(1), []];
    const progress = { ...silent, line: (text: string) => void told.push(text) };
    const body = async ({ saving }: { saving: Saving }) => {
      saving.save();
      await new Promise((resolve) => setTimeout(resolve));
      if (asks) saving.isDue();
    };
    await assertRejects(() => keeping(keeper, progress, body), Error, "the disk is full");
    assertEquals([keeper.saved, told], [[true], ["the last save stays"]]);
  }
});
