// Mutations of files: of the numbers that tell of a file, of words, of pieces, of single bits.
import type { Draw } from "./draw.ts";
import type { Format, Sample } from "./format.ts";
import { getField, setField } from "./writer.ts";

/** Longest file that a mutation makes by repeating a piece. */
const MOST = 200_000;

type Mutation = (draw: Draw, bytes: Uint8Array, sample: Sample, format: Format) => Uint8Array;

/** A copy of a sample with one mutation or a few, its checksums made anew more often than not. */
export function mutate(draw: Draw, sample: Sample, format: Format): Uint8Array {
  let bytes: Uint8Array = sample.bytes.slice();
  for (let left = draw.pick([1, 1, 1, 2, 3]); left > 0; left--) {
    bytes = drawn(draw, sample, format)(draw, bytes, sample, format);
  }
  return sample.reseal && draw.chance(0.75) ? sample.reseal(bytes) : bytes;
}

function drawn(draw: Draw, sample: Sample, { words }: Format): Mutation {
  if (sample.fields?.length && draw.chance(0.35)) return ofField;
  if (sample.own?.length && draw.chance(0.4)) return ofFormat;
  if (draw.chance(0.02)) return repeated; // rarely, since long files take time
  if (words?.length && draw.chance(0.3)) return ofWord;
  return draw.pick([ofBit, ofBytes, cut, removed, doubled, swapped]);
}

/** Another number in a field: an extreme one, one beside the old one, that of another field, a drawn one. */
const ofField: Mutation = (draw, bytes, { fields = [] }) => {
  const field = draw.pick(fields);
  const old = getField(bytes, field);
  const bits = 8 * field.bytes;
  setField(
    bytes,
    field,
    draw.pick([
      ...[0, 1, 2, 2 ** bits - 1, 2 ** (bits - 1), 2 ** (bits - 1) - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 53],
      ...[old + 1, Math.max(0, old - 1), 2 * old, old + 4, old ^ 1 << draw.below(Math.min(bits, 31))],
      ...[bytes.length, Math.max(0, bytes.length - field.at), getField(bytes, draw.pick(fields))],
      ...[draw.below(256), draw.below(2 ** Math.min(bits, 32))],
    ]),
  );
  return bytes;
};

const ofFormat: Mutation = (draw, bytes, { own }) => draw.pick(own!)(bytes);

const ofBit: Mutation = (draw, bytes) => {
  if (bytes.length > 0) bytes[draw.below(bytes.length)] ^= 1 << draw.below(8);
  return bytes;
};

const ofBytes: Mutation = (draw, bytes) => {
  const at = draw.below(bytes.length);
  const many = Math.min(1 + draw.below(8), bytes.length - at);
  if (many > 0) bytes.set(draw.chance(0.5) ? draw.bytes(many) : new Uint8Array(many).fill(255), at);
  return bytes;
};

/** A word of the format, once or over and over: deep nesting, long names, many entries. */
const ofWord: Mutation = (draw, bytes, _, { words }) => {
  const word = draw.pick(words!);
  const piece = typeof word === "string" ? new TextEncoder().encode(word) : word;
  const times = draw.chance(0.85) ? 1 : draw.pick([2, 40, 3000, 20_000]);
  const many = Math.max(1, Math.min(times, Math.floor(MOST / Math.max(1, piece.length))));
  const at = draw.below(bytes.length + 1);
  const instead = draw.chance(0.5) ? Math.min(piece.length, bytes.length - at) : 0;
  return joined(bytes.subarray(0, at), over(piece, many), bytes.subarray(at + instead));
};

const cut: Mutation = (draw, bytes) => bytes.slice(0, draw.below(bytes.length + 1));

const removed: Mutation = (draw, bytes) => {
  const [from, to] = piece(draw, bytes);
  return joined(bytes.subarray(0, from), bytes.subarray(to));
};

const doubled: Mutation = (draw, bytes) => {
  const [from, to] = piece(draw, bytes);
  return joined(bytes.subarray(0, to), bytes.subarray(from));
};

/** A short piece over and over. */
const repeated: Mutation = (draw, bytes) => {
  const at = draw.below(bytes.length);
  const part = bytes.subarray(at, at + draw.pick([1, 1, 2, 5, 30]));
  const many = Math.floor(draw.pick([1000, 50_000, MOST]) / Math.max(1, part.length));
  return joined(bytes.subarray(0, at), over(part, many), bytes.subarray(at));
};

const swapped: Mutation = (draw, bytes) => {
  const [a, b] = piece(draw, bytes);
  const [c, d] = piece(draw, bytes.subarray(b)).map((at) => at + b);
  const parts = [bytes.subarray(0, a), bytes.subarray(c, d), bytes.subarray(b, c), bytes.subarray(a, b)];
  return joined(...parts, bytes.subarray(d));
};

function piece(draw: Draw, bytes: Uint8Array): [from: number, to: number] {
  const from = draw.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + 1 + draw.below(draw.pick([4, 16, 64])))];
}

function over(part: Uint8Array, many: number): Uint8Array {
  const all = new Uint8Array(part.length * many);
  for (let i = 0; i < many; i++) all.set(part, i * part.length);
  return all;
}

/** Bytes one after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
