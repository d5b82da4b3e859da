/** Colours of the palette of {@linkcode bmp}, RGB. */
export const PALETTE = [[0, 0, 0], [250, 128, 3], [7, 8, 9], [255, 254, 253]];

/**
 * A BMP without compression.
 *
 * @param values [height, width], from the top: indices into the palette, or the pixels' numbers.
 */
export function bmp(
  bits: number,
  [width, height]: readonly [width: number, height: number],
  values: readonly number[],
  { topDown = false, masks }: { topDown?: boolean; masks?: readonly number[] },
): Uint8Array {
  const palette = bits <= 8 ? PALETTE.slice(0, 2 ** bits) : [];
  const start = 54 + 4 * palette.length + (masks ? 12 : 0);
  const stride = Math.ceil(width * bits / 32) * 4;
  const file = new Uint8Array(start + stride * height);
  const view = new DataView(file.buffer);
  file.set([0x42, 0x4d]);
  view.setUint32(10, start, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, topDown ? -height : height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, bits, true);
  view.setUint32(30, masks ? 3 : 0, true);
  view.setUint32(46, palette.length, true);
  palette.forEach(([red, green, blue], i) => file.set([blue, green, red, 0], 54 + 4 * i));
  masks?.forEach((mask, i) => view.setUint32(54 + 4 * i, mask, true));
  values.forEach((value, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const row = start + stride * (topDown ? y : height - 1 - y);
    if (bits <= 8) file[row + (x * bits >> 3)] |= value << (8 - bits - (x * bits & 7));
    else for (let b = 0; b < bits / 8; b++) file[row + x * bits / 8 + b] = value >>> 8 * b & 255;
  });
  return file;
}
