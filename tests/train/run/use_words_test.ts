// The command after `Use it` where the verdict advises the model that a run began with.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import sharp from "sharp";
import { everyclass } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();
const cache = problem.path("cache");
const recipe = problem.path("recipe.yaml");
Deno.writeTextFileSync(recipe, "epochs: 1\nbatch: 70\n");

/** Runs a command to its end. */
async function run(...args: string[]): Promise<string> {
  const { code, out, err } = await everyclass(args, undefined, cache);
  assertEquals(code, 0, err);
  return out;
}

/** Re-trains at so small a rate that no prediction changes. @returns The file that the run says to use. */
async function advised(name: string, more: string, checkpoint: string | null): Promise<string> {
  const sets = `epochs=1 views=1 optimizer.lr=1e-9 ${more}`;
  const out = await run("finetune", ...problem.flags(name, sets, { checkpoint }));
  assertStringIncludes(out, "Use the model before re-training: no other model wins anything for the classes");
  return /^Use it: deno task predict PHOTOS --checkpoint (\S+)$/m.exec(out)?.[1] ?? out;
}

Deno.test("where re-training wins nothing, Use it names the stage 1 of the cache, or the checkpoint given", async () => {
  const own = `stage1=${recipe} checkpoint=null`;
  const file = await advised("trained", own, null);
  assertMatch(file.slice(cache.length), /^.stage1.idx-resnet8-[0-9a-f]{16}\.safetensors$/);
  assertEquals(await advised("found", own, null), file);

  const raw = { width: 12, height: 12, channels: 1 as const };
  const photo = problem.path("photo.png");
  await sharp(new Uint8Array(144).fill(120), { raw }).png().toFile(photo);
  assertEquals(JSON.parse(await run("predict", photo, "--checkpoint", file, "--json")).predictions.length, 1);
  assertEquals(await advised("given", "", file), file);
});
