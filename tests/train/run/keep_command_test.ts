// A run whose images cannot be read any more: before the first epoch its features are kept, by the command itself.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname } from "node:path";
import sharp from "sharp";
import { hash32 } from "../../../data/mod.ts";
import { writeSafetensors } from "../../../engine/mod.ts";
import { everyclass, filesIn } from "../command.ts";
import { Problem, randomState } from "../problem.ts";

const problem = new Problem();
const [images, away] = [problem.path("images"), problem.path("away")];
const checkpoint = problem.path("colour.safetensors");
Deno.writeFileSync(checkpoint, writeSafetensors(randomState("resnet8", 2, 3)));
for (let i = 0; i < 20; i++) {
  const path = `${images}/${i % 3 === 0 ? "few" : "many"}/${i}.png`;
  Deno.mkdirSync(dirname(path), { recursive: true });
  const pixels = Uint8Array.from({ length: 12 * 12 * 3 }, (_, at) => hash32(i, at) % 256);
  const image = sharp(pixels, { raw: { width: 12, height: 12, channels: 3 } });
  Deno.writeFileSync(path, await image.png().toBuffer());
}

/** Runs it; the images go away at a line of its progress with this text. */
async function run(name: string, goneAt: string | null) {
  const keys =
    "data.source=folder data.ratio=1 data.resize=12 data.size=10 network=resnet8 epochs=2 batch=8 views=2 " +
    "featureBank=memory workers=1 optimizer.schedule.kind=constant";
  const sets = keys.split(" ").flatMap((key) => ["--set", key]);
  const words = ["--data", images, "--checkpoint", checkpoint, "--out", problem.path(name)];
  let isDue = goneAt !== null;
  return await everyclass(["finetune", ...words, ...sets], (line) => {
    if (!isDue || !line.includes(goneAt!)) return;
    isDue = false;
    Deno.renameSync(images, away);
  }, problem.path(`${name} cache`));
}

const bytesOf = (name: string) => Deno.readFileSync(problem.path(name, "checkpoint.safetensors"));

Deno.test("images that are gone amid the views leave the features of the views before, and the way to go on", async () => {
  const whole = await run("whole", null);
  assertEquals(whole.code, 0, whole.err);
  const { code, err } = await run("gone", "view 1 of 2: ");
  Deno.renameSync(away, images);
  assertEquals(code, 1, err);
  const goOn = `deno task finetune --resume ${problem.path("gone")}`;
  assertStringIncludes(
    err,
    `Stopped after 0 of 2 epochs; what was worked out is kept. To go on:\n  ${goOn}\n`,
  );
  assertStringIncludes(err.split("\n").at(-2)!, "error: ");
  const resumed = await everyclass(["finetune", "--resume", problem.path("gone")]);
  assertEquals(resumed.code, 0, resumed.err);
  assert(!resumed.err.includes("view 1 of 2"), resumed.err);
  assertEquals(bytesOf("gone"), bytesOf("whole"));
});

Deno.test("images that are gone before anything was worked out leave nothing", async () => {
  const { code, err } = await run("nothing", "imbalance ratio");
  Deno.renameSync(away, images);
  assertEquals(code, 1, err);
  assert(!err.includes("To go on:"), err);
  assertStringIncludes(
    err,
    `\nNothing is kept in ${problem.path("nothing")}: there is nothing to go on from\nerror: `,
  );
  assert(!filesIn(problem.folder).includes("nothing"), err);
});
