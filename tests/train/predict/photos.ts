// A folder of small photos of three classes, and a model of them that finetune left: two classifiers in one file.

import { assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { hash32 } from "../../../data/mod.ts";
import { everyclass } from "../command.ts";

/** A folder with everything, removed at the end of the test file. */
export const folder: string = Deno.makeTempDirSync({ prefix: "everyclass-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** Names of the classes, in order. */
export const CLASSES: readonly string[] = ["apple, red", "bee", 'cloud "cirrus"'];

/** A PNG or JPEG of a colour of its class under noise of its own. */
export async function photo(label: number, key: number, form: "png" | "jpeg" = "png"): Promise<Uint8Array> {
  const [width, height] = [24 + hash32(key, 1) % 20, 24 + hash32(key, 2) % 20];
  const pixels = new Uint8Array(height * width * 3);
  pixels.forEach((_, i) => pixels[i] = (i % 3 === label ? 130 : 80) + hash32(key, i) % 90);
  return await sharp(pixels, { raw: { width, height, channels: 3 } })[form]().toBuffer();
}

/** Writes a file below the folder, and the folders to it. */
export function write(path: string, content: Uint8Array | string): string {
  const file = join(folder, path);
  Deno.mkdirSync(dirname(file), { recursive: true });
  Deno.writeFileSync(file, typeof content === "string" ? new TextEncoder().encode(content) : content);
  return file;
}

/** Runs a command on the photos. */
export async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return await everyclass(args, undefined, join(folder, "cache"));
}

/** Keys of both trainings. */
const KEYS = [
  ..."data.source=folder data.ratio=1 data.resize=18 data.size=16 network=resnet8 seed=3".split(" "),
  ..."epochs=2 batch=6 optimizer.lr=0.02".split(" "),
];

/** The checkpoint of stage 1. */
export const stage1: string = join(folder, "stage1", "checkpoint.safetensors");

/** Re-trains the model of a checkpoint on the photos. @returns The checkpoint in the folder `out`. */
export async function retrain(checkpoint: string, out: string, ...more: string[]): Promise<string> {
  const sets = [
    ...KEYS,
    ..."views=1 optimizer.schedule.kind=constant ensemble.temperatureOld=2".split(" "),
    ...more,
  ].flatMap((key) => ["--set", key]);
  const data = ["--data", join(folder, "photos")];
  const { code, err } = await run(
    ...["finetune", ...data, ...sets],
    ...["--checkpoint", checkpoint, "--out", join(folder, out)],
  );
  assertEquals(code, 0, err);
  return join(folder, out, "checkpoint.safetensors");
}

/** Makes the photos and the model. @returns The checkpoint that finetune left. */
export async function makeModel(): Promise<string> {
  for (const [label, name] of CLASSES.entries()) {
    for (let i = 0; i < [9, 5, 3][label] + 4; i++) {
      const split = i < 4 ? "test" : "train";
      write(`photos/${split}/${name}/${i}.png`, await photo(label, hash32(label, i)));
    }
  }
  const keys = KEYS.flatMap((key) => ["--set", key]);
  const data = ["--data", join(folder, "photos")];
  const trained = await run("train", ...data, ...keys, "--out", join(folder, "stage1"));
  assertEquals(trained.code, 0, trained.err);
  return await retrain(stage1, "run");
}

/** The test photos copied to a flat folder elsewhere, in the order in which they are evaluated. */
export function copyTest(to: string): string {
  let number = 0;
  for (const name of CLASSES) {
    for (let i = 0; i < 4; i++) {
      write(
        `${to}/${String(number++).padStart(2, "0")}.png`,
        Deno.readFileSync(join(folder, "photos/test", name, `${i}.png`)),
      );
    }
  }
  return join(folder, to);
}
