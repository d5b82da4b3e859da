// Images of more than 8 bits a channel, or of fewer than they have room for.
import type { Metadata, Sharp } from "sharp";
import type { Pixels } from "../augment/pixels.ts";
import { ImageError } from "./image_error.ts";
import type { ImageLibrary } from "./library.ts";

/** First value that 12 bits do not hold. */
const BITS12 = 4096;

/** Tells floats from whole numbers: no colour space of the library leaves floats as they are. */
export function isFloat({ depth }: Metadata): boolean {
  return depth === "float" || depth === "double";
}

/**
 * Pixels of a file of floats: those up to 1 are scaled to 255, those up to 255 are as they are.
 *
 * @param image The file, opened.
 * @throws {ImageError} when values are negative, above 255 or not finite.
 */
export async function floatPixels(image: Sharp, { channels: stored = 1 }: Metadata): Promise<Pixels> {
  image.toColourspace(stored < 3 ? "b-w" : "scrgb").raw({ depth: "float" });
  const { data, info: { height, width, channels } } = await image.toBuffer({ resolveWithObject: true });
  const values = new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
  const colours = channels < 3 ? 1 : 3;
  let [least, most] = [Infinity, -Infinity];
  let isFinite = true;
  const isColour = (i: number) => i % channels < colours;
  values.forEach((value, i) => {
    if (!isColour(i)) return;
    isFinite &&= Number.isFinite(value);
    least = Math.min(least, value);
    most = Math.max(most, value);
  });
  if (!isFinite || least < 0 || most > 255) {
    throw new ImageError(
      "Cannot decode an image: it takes floats from 0 to 1, or to 255, current ones are " +
        `${
          isFinite ? `from ${least} to ${most}` : "not all finite"
        }: convert it to 8 bits with the scale that it has`,
    );
  }
  const scale = most <= 1 ? 255 : 1;
  const rgb = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) {
      rgb[3 * i + c] = Math.round(scale * values[i * channels + (colours === 3 ? c : 0)]);
    }
  }
  return { data: rgb, height, width, channels: 3 };
}

/**
 * Refuses an image of 16 bits that uses 12 of them or fewer, or of 32 with values that 8 do not hold: in 8 bits it would be
 * nearly black, or white.
 *
 * @param pixels In 8 bits.
 */
export async function refuseUnscaled(
  { data }: Pixels,
  bytes: Uint8Array,
  sharp: ImageLibrary,
  depth: Metadata["depth"],
): Promise<void> {
  const wide = depth === "int" || depth === "uint" || depth === "short";
  if (!wide && (depth !== "ushort" || data.some((value) => value >= BITS12 >> 8))) return;
  const { channels } = await sharp(bytes, { limitInputPixels: false }).stats();
  const colours = channels.slice(0, channels.length < 3 ? 1 : 3);
  const [least, most] = [
    Math.min(...colours.map(({ min }) => min)),
    Math.max(...colours.map(({ max }) => max)),
  ];
  if (colours.length === 0 || !Number.isFinite(least)) {
    throw new ImageError("Cannot decode an image: it takes channels of numbers, current ones have none");
  }
  if (wide ? least >= 0 && most <= 255 : most === 0) return;
  throw new ImageError(
    `Cannot decode an image: it takes ${
      wide ? "values from 0 to 255" : "16 bits that are all in use"
    }, current values are ` +
      `from ${least} to ${most}: ${
        wide ? "" : `of ${Math.ceil(Math.log2(most + 1))} bits it seems; `
      }convert it to 8 bits ` +
      "with the scale that it has",
  );
}
