// The safetensors format: u64 length of the header (little-endian), the header in JSON, then the tensors' bytes.
//
//   { "__metadata__": { name: text }, "conv1.weight": { "dtype": "F32", "shape": [16, 3, 3, 3], "data_offsets": [0, 1728] } }
//
// Offsets count from the end of the header. The tensors cover the data without gaps and without overlaps.
import { CheckpointError } from "../tensors/checkpoint_error.ts";
import { decode, itemSize, type StoredType } from "../tensors/elements.ts";
import { duplicateKey, parseJson } from "../json/mod.ts";
import {
  areCounts,
  elementCount,
  isShape,
  type RawTensor,
  showShape,
  type StateDict,
} from "../tensors/raw_tensor.ts";
import { isSecond } from "../tensors/second.ts";
import { checkTensorName } from "../tensors/tensor_name.ts";

/** The limit of the format's reference reader; a longer header is an attack, or the file has another format. */
const MAX_HEADER = 100_000_000;

/** Fills the header up to a multiple of 8 bytes. */
const SPACE = 0x20;

const storedTypes: Readonly<Record<string, StoredType>> = {
  F64: "f64",
  F32: "f32",
  F16: "f16",
  BF16: "bf16",
  I64: "i64",
  I32: "i32",
  I16: "i16",
  I8: "i8",
  U8: "u8",
  BOOL: "bool",
};

interface Entry {
  name: string;
  stored: StoredType;
  shape: number[];
  begin: number;
  end: number;
}

/**
 * Reads a safetensors file.
 *
 * @returns the tensors in the order of their data, and the texts of `__metadata__`.
 * @throws {CheckpointError} when the header is damaged, offsets leave the file, overlap or leave gaps, a tensor's bytes
 * do not fit its shape, a name stands twice, or a dtype is not among F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL.
 *
 * @example
 * ```ts
 * import { parseSafetensors, writeSafetensors } from "everyclass/formats";
 * const bias = { shape: [2], dtype: "f32" as const, data: Float32Array.of(1, 2) };
 * const { metadata } = parseSafetensors(writeSafetensors(new Map([["fc.bias", bias]]), { network: "resnet8" }));
 * console.log(metadata.network); // resnet8
 * ```
 */
export function parseSafetensors(bytes: Uint8Array): { state: StateDict; metadata: Record<string, string> } {
  const { header, data } = split(bytes);
  const { __metadata__ = {}, ...tensors } = parseHeader(header);
  const metadata = parseMetadata(__metadata__);
  const entries = Object.entries(tensors).map(([name, value]) => parseEntry(name, value, data.length));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(entries, data.length);
  const state: StateDict = new Map();
  for (const { name, stored, shape, begin, end } of entries) {
    state.set(name, decode(data.subarray(begin, end), stored, shape, name));
  }
  return { state, metadata };
}

function split(bytes: Uint8Array): { header: Uint8Array; data: Uint8Array } {
  if (bytes.length < 8) throw damaged("at least 8 bytes", `${bytes.length} bytes`, "the file is cut short");
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const room = Math.min(bytes.length - 8, MAX_HEADER);
  if (length > room) {
    throw damaged(
      `a header of at most ${room} bytes`,
      `${length} bytes by its first number`,
      "the file is cut short, or is no safetensors file",
    );
  }
  return { header: bytes.subarray(8, 8 + length), data: bytes.subarray(8 + length) };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let text: string, header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    header = parseJson(text);
  } catch (error) {
    throw damaged("a header in JSON", "another one", `${(error as Error).message}`);
  }
  if (!isObject(header)) throw damaged("a JSON object as header", typeof header);
  const twice = duplicateKey(text);
  if (twice !== null) throw damaged("every name once in the header", `${twice} twice`);
  return header;
}

function parseMetadata(value: unknown): Record<string, string> {
  if (!isObject(value) || !Object.values(value).every((text) => typeof text === "string")) {
    throw damaged("texts in __metadata__", JSON.stringify(value).slice(0, 80));
  }
  return value as Record<string, string>;
}

function parseEntry(name: string, value: unknown, room: number): Entry {
  checkTensorName(name);
  if (!isObject(value)) throw damaged(`an object for ${name}`, String(JSON.stringify(value)).slice(0, 80));
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(storedTypes, dtype)) {
    throw damaged(
      `${name} of dtype ${Object.keys(storedTypes).join(", ")}`,
      String(dtype),
      "a tensor type that this reader does not know",
    );
  }
  const stored = storedTypes[dtype];
  if (!isShape(shape)) throw damaged(`a shape for ${name}`, String(JSON.stringify(shape)).slice(0, 80));
  if (!areCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1] || offsets[1] > room) {
    const current = String(JSON.stringify(offsets)).slice(0, 80);
    throw damaged(
      `data_offsets of ${name} within the ${room} bytes of data`,
      current,
      "the file is cut short or damaged",
    );
  }
  const [begin, end] = offsets;
  const expected = elementCount(shape) * itemSize[stored];
  if (end - begin !== expected) {
    throw damaged(`${expected} bytes for ${name} ${showShape(shape)} ${dtype}`, `${end - begin} bytes`);
  }
  return { name, stored, shape, begin, end };
}

/** @param entries Sorted by their offsets. */
function checkCover(entries: Entry[], room: number): void {
  let covered = 0;
  let before = "the header";
  for (const { name, begin, end } of entries) {
    if (begin !== covered) {
      const fault = begin < covered ? "overlaps" : "leaves a gap after";
      throw damaged("tensors one after the other", `${name}, which ${fault} ${before}`);
    }
    covered = end;
    before = name;
  }
  if (covered !== room) throw damaged(`${covered} bytes of data`, `${room} bytes`);
}

/**
 * Writes a safetensors file; the same tensors always give the same bytes, whatever their order in the map.
 *
 * Float tensors of every dtype are written as F32 (memory holds them as such), i64 as I64, i32 as I32, u8 as U8 and bool as BOOL. The data
 * begin at a multiple of 8 bytes, the widest tensors first, so each number is aligned; then by name, those under
 * `ensemble.` last.
 *
 * @throws {TypeError} when a tensor's data do not fit its shape.
 *
 * @example
 * ```ts
 * import { writeSafetensors } from "everyclass/formats";
 * const bias = { shape: [2], dtype: "f32" as const, data: Float32Array.of(1, 2) };
 * console.log(writeSafetensors(new Map([["fc.bias", bias]])).length % 8); // 0
 * ```
 */
export function writeSafetensors(state: StateDict, metadata: Record<string, string> = {}): Uint8Array {
  const tensors = [...state].sort(([a, { data: x }], [b, { data: y }]) =>
    y.BYTES_PER_ELEMENT - x.BYTES_PER_ELEMENT || Number(isSecond(a)) - Number(isSecond(b)) || (a < b ? -1 : 1)
  );
  // Without a prototype a tensor may have any name.
  const header: Record<string, unknown> = Object.create(null);
  if (Object.keys(metadata).length) header.__metadata__ = metadata;
  let offset = 0;
  for (const [name, tensor] of tensors) {
    checkWritable(name, tensor);
    const data_offsets = [offset, offset += tensor.data.byteLength];
    header[name] = { dtype: writtenAs(tensor), shape: tensor.shape, data_offsets };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = Math.ceil((8 + text.length) / 8) * 8;

  const file = new Uint8Array(start + offset).fill(SPACE, 8, start);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(text, 8);
  let at = start;
  for (const [, { data }] of tensors) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

function writtenAs({ dtype, data }: RawTensor): string {
  return data instanceof Float32Array ? "F32" : dtype.toUpperCase();
}

function checkWritable(name: string, { shape, data }: RawTensor): void {
  if (name !== "__metadata__" && isShape(shape) && elementCount(shape) === data.length) return;
  throw new TypeError(
    `Cannot write ${name}: it takes a name other than __metadata__ and as many values as its shape has, ` +
      `current are shape ${showShape(shape)} and ${data.length} values`,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function damaged(expected: string, current: string, cause = "the file is damaged"): CheckpointError {
  return new CheckpointError(
    `Cannot read the safetensors file: it takes ${expected}, current is ${current}: ${cause}`,
  );
}
