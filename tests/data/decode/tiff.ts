/** A TIFF of one colour: 8 bits a channel or 16, with or without more channels than the colour space has. */
export function tiff(
  photometric: number,
  [width, height]: readonly [width: number, height: number],
  colour: readonly number[],
  bits: 8 | 16 = 8,
): Uint8Array {
  const step = bits / 8;
  const size = width * height * colour.length * step;
  const tags = [
    [256, 4, 1, width],
    [257, 4, 1, height],
    [258, 3, 1, bits],
    [259, 3, 1, 1], // not compressed
    [262, 3, 1, photometric],
    [273, 4, 1, 8], // where the pixels begin
    [277, 3, 1, colour.length],
    [278, 4, 1, height],
    [279, 4, 1, size],
    ...colour.length > 3 ? [[338, 3, 1, 0]] : [],
  ];
  const file = new Uint8Array(8 + size + 2 + 12 * tags.length + 4);
  const view = new DataView(file.buffer);
  file.set([0x49, 0x49, 42, 0]);
  view.setUint32(4, 8 + size, true);
  for (let i = 0; i < width * height * colour.length; i++) {
    file[8 + step * i + step - 1] = colour[i % colour.length];
  }
  view.setUint16(8 + size, tags.length, true);
  tags.forEach(([tag, type, count, value], i) => {
    const at = 8 + size + 2 + 12 * i;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, count, true);
    view.setUint32(at + 8, value, true); // little-endian: a short stands in the first two bytes
  });
  return file;
}
