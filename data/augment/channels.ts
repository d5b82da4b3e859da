import { luma, type Pixels } from "./pixels.ts";

/**
 * The image as grey (1 channel) or RGB (3): colour becomes grey by its luma as PIL's `convert("L")`, grey repeats, an
 * alpha channel is dropped. The image itself where it has those channels.
 *
 * @throws {RangeError} for other numbers of channels.
 */
export function inChannels(image: Pixels, channels: number): Pixels {
  const { data, height, width, channels: given } = image;
  if (given === channels) return image;
  if (given < 1 || given > 4 || (channels !== 1 && channels !== 3)) {
    throw new RangeError(
      `Cannot change the channels of an image: it takes grey or colour, with alpha or without, for a network of 1 or 3 ` +
        `channels, current are ${given} for ${channels}`,
    );
  }
  const changed = new Uint8Array(height * width * channels);
  const isColour = given >= 3;
  for (let read = 0, write = 0; write < changed.length; read += given, write += channels) {
    const r = data[read];
    const [g, b] = isColour ? [data[read + 1], data[read + 2]] : [r, r];
    if (channels === 1) changed[write] = isColour ? luma(r, g, b) : r;
    else {
      changed[write] = r;
      changed[write + 1] = g;
      changed[write + 2] = b;
    }
  }
  return { data: changed, height, width, channels };
}
