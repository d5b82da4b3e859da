// crop-flip - a part of an image of the target's size, with black around the image; the augmentation of CIFAR training.
//
//   y[r, c] = x[r + dy, flip ? width - 1 - c + dx : c + dx]     0 where that is outside the image
//
// y [height, width]; dy uniform on -pad ... rows + pad - height, dx alike, flip true half the time: torchvision's
// RandomCrop(size, padding = pad), then RandomHorizontalFlip, on 8-bit pixels before normalisation. So the padding is
// black, not the mean.
import type { Draws } from "./draws.ts";
import type { Pixels } from "./pixels.ts";

/** Height and width in pixels. */
export type Size = Pick<Pixels, "height" | "width">;

/** Offset and mirroring of a crop. */
export interface CropFlip {
  /** Rows up. */
  dy: number;
  /** Columns to the left. */
  dx: number;
  /** True if the crop is mirrored left to right. */
  flip: boolean;
}

/** Draws offset and mirroring. @throws {RangeError} when the target is larger than the image with its padding. */
export function drawCropFlip(source: Size, target: Size, pad: number, flip: boolean, draws: Draws): CropFlip {
  const places = (length: number, part: number) => {
    if (length + 2 * pad >= part) return length + 2 * pad - part + 1;
    throw new RangeError(
      `Cannot crop ${target.width} x ${target.height} pixels: it takes an image of that size or more, with ${pad} ` +
        `pixels added on each side, current image has ${source.width} x ${source.height}`,
    );
  };
  const dy = draws.integer(places(source.height, target.height)) - pad;
  const dx = draws.integer(places(source.width, target.width)) - pad;
  return { dy, dx, flip: flip && draws.chance(.5) };
}

/** Copies the crop of an image to the target, mirrored if `flip` says so. */
export function cropFlip(source: Pixels, target: Pixels, { dy, dx, flip }: CropFlip): void {
  const { data, height, width, channels } = target;
  const read = source.width * channels, write = width * channels;
  // Columns of the part, not mirrored, that lie inside the image; the rest stays black.
  const from = Math.max(0, -dx), to = Math.min(width, source.width - dx);
  data.fill(0);
  if (to <= from) return;
  for (let y = Math.max(0, -dy); y < Math.min(height, source.height - dy); y++) {
    const at = (y + dy) * read + (from + dx) * channels;
    data.set(source.data.subarray(at, at + (to - from) * channels), y * write + from * channels);
  }
  if (flip) mirror(target);
}

/** The middle of an image, with black around a smaller image. Source: torchvision.transforms.CenterCrop. */
export function centreCrop(source: Pixels, target: Pixels): void {
  const dy = before(source.height, target.height), dx = before(source.width, target.width);
  cropFlip(source, target, { dy, dx, flip: false });
}

/** Offset of the middle part: half of the surplus, rounded half to even, or minus half of the lack, rounded down. */
function before(length: number, part: number): number {
  const over = length - part;
  if (over < 0) return -(-over >> 1);
  return over % 4 === 3 ? (over + 1) / 2 : over >> 1;
}

/** Mirrors an image left to right. */
export function mirror({ data, height, width, channels }: Pixels): void {
  for (let y = 0; y < height; y++) {
    let left = y * width * channels, right = left + (width - 1) * channels;
    for (; left < right; left += channels, right -= channels) {
      for (let c = 0; c < channels; c++) {
        const value = data[left + c];
        data[left + c] = data[right + c];
        data[right + c] = value;
      }
    }
  }
}
