// Two saves of a run's work are kept: where the newest is damaged or gone, the one before it is taken, and that is said.

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { writeSealed } from "../../../train/machine/seal.ts";
import { configOf } from "../../../train/config/load.ts";
import { trainingConfig } from "../../../train/config/schema/train.ts";
import { Stage1Cache } from "../../../train/run/stage1_cache.ts";
import { Generations, UnreadableError } from "../../../train/saved/generations.ts";
import { smallSetup } from "../../fuzz/train/setup.ts";
import { everyclass, filesIn } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();

const save = (step: number) => writeSealed(new Map(), { step: String(step) });

/** Saves of these steps in a folder of their own. */
async function saved(...steps: number[]): Promise<Generations> {
  const folder = Deno.makeTempDirSync({ dir: problem.folder });
  const work = new Generations(join(folder, "work.safetensors"));
  for (const step of steps) await work.write(save(step));
  return work;
}

/** Flips a bit in the middle of a file. */
function damage(path: string): void {
  const bytes = Deno.readFileSync(path);
  bytes[bytes.length >> 1] ^= 4;
  Deno.writeFileSync(path, bytes);
}

Deno.test("generations: the newest save is read, and the one before it stays", async () => {
  const work = await saved(1, 2, 3);
  assertEquals(await work.read(), { bytes: save(3), told: null });
  assertEquals(Deno.readFileSync(work.before), save(2));
  await work.remove();
  assertEquals([work.exist, await work.read()], [false, null]);
});

Deno.test("generations: where the newest save is damaged or gone the one before is read, and not lost by the next", async () => {
  const spoil: [string, (path: string) => void, string][] = [
    ["a flipped bit", damage, "its bytes have another SHA-256"],
    ["nothing left", (path) => Deno.truncateSync(path, 0), "at least 8 bytes"],
    ["killed between two names", (path) => Deno.removeSync(path), "is gone"],
  ];
  for (const [name, act, why] of spoil) {
    const work = await saved(1, 2);
    act(work.path);
    const { bytes, told } = (await work.read())!;
    assertEquals(bytes, save(1), name);
    assertStringIncludes(told!, why, name);
    assertStringIncludes(told!, "The run goes on from the save before its newest", name);
    await work.write(save(3));
    damage(work.path);
    assertEquals((await work.read())!.bytes, save(1), name);
  }
});

Deno.test("generations: a single save is there, the newest or the one before", async () => {
  assertEquals([(await saved()).exist, (await saved(1)).exist], [false, true]);
  const work = await saved(1, 2);
  Deno.removeSync(work.path);
  assertEquals(work.exist, true);
});

Deno.test("generations: a save that cannot be read is no damaged one, nor is a stage 1 trained anew in its place", async () => {
  const blocked = (path: string) => {
    Deno.mkdirSync(path, { recursive: true });
    return `Cannot read ${path}: a folder of that name is in the way`;
  };
  const work = await saved(1, 2);
  Deno.removeSync(work.path);
  await assertRejects(() => work.read(), UnreadableError, blocked(work.path));
  assertEquals(Deno.readFileSync(work.before), save(1));
  const config = { data: { source: "idx", dir: problem.folder }, network: "resnet8" };
  const cache = new Stage1Cache(problem.folder, smallSetup(), configOf(trainingConfig, config));
  const begun = cache.path.replace(".safetensors", ".work.safetensors");
  await assertRejects(() => cache.readWork(() => {}), UnreadableError, blocked(begun));
  await assertRejects(() => cache.read(), UnreadableError, blocked(cache.path));
});

Deno.test("generations: two damaged saves are refused with the faults of both", async () => {
  const work = await saved(1, 2);
  for (const path of [work.before, work.path]) damage(path);
  await assertRejects(() => work.read(), Error, `/work.safetensors is damaged: its bytes`);
});

Deno.test("a run whose newest save is damaged goes on from the one before it to the same bits", async () => {
  const cache = problem.path("cache");
  const flags = (name: string) => ["finetune", ...problem.flags(name, "views=2 epochs=3")];
  const whole = await everyclass(flags("whole"), undefined, cache);
  assertEquals(whole.code, 0, whole.err);
  const stopped = await everyclass(flags("stopped"), (line, send) => {
    if (line.includes("epoch 2 of 3")) send("SIGINT");
  }, cache);
  assertEquals(stopped.code, 130, stopped.err);
  damage(problem.path("stopped", "work.safetensors"));
  const resume = ["finetune", "--resume", problem.path("stopped")];
  const resumed = await everyclass(resume, undefined, cache);
  assertEquals(resumed.code, 0, resumed.err);
  assertStringIncludes(resumed.err, "The run goes on from the save before its newest");
  assertEquals(filesIn(problem.path("stopped")), filesIn(problem.path("whole")));
  const bytesOf = (name: string) => Deno.readFileSync(problem.path(name, "checkpoint.safetensors"));
  assert(bytesOf("stopped").every((byte, i) => byte === bytesOf("whole")[i]));
});
