// Small images in files, in a folder for each class.

import { dirname, join } from "node:path";
import sharp from "sharp";
import { hash32 } from "../../data/mod.ts";

/** Height and width of an image. */
const SIDE = 12;

/** Keys of a run on such images, cut short. */
export const PHOTO_KEYS =
  `data.source=folder data.resize=${SIDE} data.size=${SIDE} network=resnet8 workers=1 ` +
  "batch=8 epochs=2 minSteps=0 data.augment.pad=1";

/** The files of two classes below a folder, in the order of their set. @param count Images a class. */
export function photosIn(folder: string, count: number): string[] {
  const name = (i: number) => `${String(i).padStart(2, "0")}.png`;
  return ["ant", "bee"].flatMap((label) =>
    Array.from({ length: count }, (_, i) => join(folder, label, name(i)))
  );
}

/** Writes an image of noise, another for each path. */
export async function writePhoto(file: string): Promise<void> {
  const key = file.split("").reduce((key, letter) => hash32(key, letter.charCodeAt(0)), 0);
  const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => hash32(key, i) % 256);
  Deno.mkdirSync(dirname(file), { recursive: true });
  await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } }).png().toFile(file);
}
