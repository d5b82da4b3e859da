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

/** A grey or RGB TIFF of one row of numbers that are not of 8 bits. */
export function deepTiff(
  values: readonly number[],
  channels: 1 | 3,
  kind: "float" | "int" | "short",
): Uint8Array {
  const bits = kind === "short" ? 16 : 32;
  const size = values.length * bits / 8;
  const each = { float: 3, int: 2, short: 1 }[kind];
  // Three shorts do not fit into a tag: they stand behind all tags.
  const tags: [tag: number, type: 3 | 4, count: number, value: number][] = [
    [256, 4, 1, values.length / channels],
    [257, 4, 1, 1],
    [258, 3, channels, bits],
    [259, 3, 1, 1], // not compressed
    [262, 3, 1, channels === 1 ? 1 : 2],
    [273, 4, 1, 8], // where the pixels begin
    [277, 3, 1, channels],
    [278, 4, 1, 1],
    [279, 4, 1, size],
    [339, 3, channels, each],
  ];
  const behind = 8 + size + 2 + 12 * tags.length + 4;
  const file = new Uint8Array(behind + 12);
  const view = new DataView(file.buffer);
  file.set([0x49, 0x49, 42, 0]);
  view.setUint32(4, 8 + size, true);
  values.forEach((value, i) => {
    if (kind === "float") view.setFloat32(8 + 4 * i, value, true);
    else if (kind === "int") view.setInt32(8 + 4 * i, value, true);
    else view.setUint16(8 + 2 * i, value, true);
  });
  view.setUint16(8 + size, tags.length, true);
  let spare = behind;
  tags.forEach(([tag, type, count, value], i) => {
    const at = 8 + size + 2 + 12 * i;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, count, true);
    if (count === 1) return view.setUint32(at + 8, value, true);
    view.setUint32(at + 8, spare, true);
    for (let c = 0; c < count; c++) view.setUint16(spare + 2 * c, value, true);
    spare += 2 * count;
  });
  return file;
}
