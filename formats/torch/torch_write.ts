// The file that `torch.save(state_dict, file)` writes since PyTorch 1.6, for tensors on the CPU: the archive that torch_zip.ts reads.
import { checkFilled, elementCount, type RawTensor, type StateDict } from "../tensors/raw_tensor.ts";
import { writeZip } from "../zip/write_zip.ts";
import { storageTypes } from "./torch_globals.ts";

/** torch aligns each file of the archive to this many bytes. */
const ALIGNMENT = 64;
/** The version of the archive that torch itself writes. */
const VERSION = "3\n";

/** The opcodes of the pickle by their names in Python's pickletools. */
const MARK = 0x28, STOP = 0x2e, BININT = 0x4a, BINPERSID = 0x51, REDUCE = 0x52, BINUNICODE = 0x58;
const GLOBAL = 0x63, TUPLE = 0x74, SETITEMS = 0x75, PROTO = 0x80, NEWFALSE = 0x89, LONG1 = 0x8a;

type Pickled = number[];

const encode = (text: string) => new TextEncoder().encode(text);
const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  new Uint8Array(buffer, byteOffset, byteLength);

const int = (value: number): Pickled =>
  value < 2 ** 31
    ? [BININT, ...bytesOf(Int32Array.of(value))]
    : [LONG1, 8, ...bytesOf(BigInt64Array.of(BigInt(value)))];
const tuple = (...items: Pickled[]): Pickled => [MARK, ...items.flat(), TUPLE];
const call = (name: string, ...args: Pickled[]): Pickled => [...global(name), ...tuple(...args), REDUCE];

function text(value: string): Pickled {
  const bytes = encode(value);
  return [BINUNICODE, ...bytesOf(Uint32Array.of(bytes.length)), ...bytes];
}

/** @param name `module.name`. */
function global(name: string): Pickled {
  const dot = name.lastIndexOf(".");
  return [GLOBAL, ...encode(`${name.slice(0, dot)}\n${name.slice(dot + 1)}\n`)];
}

/** The class of a tensor's storage; floats of every dtype are float32 in memory. */
function storageOf({ dtype, data }: RawTensor): string {
  const stored = data instanceof Float32Array ? "f32" : dtype;
  return Object.keys(storageTypes).find((name) => storageTypes[name] === stored)!;
}

/** A tensor as `torch._utils._rebuild_tensor_v2` makes it: storage, offset, sizes, strides, requires_grad, hooks. */
function rebuilt(tensor: RawTensor, key: string): Pickled {
  const { shape, data } = tensor;
  const id = tuple(text("storage"), global(storageOf(tensor)), text(key), text("cpu"), int(data.length));
  // An empty axis counts as one, as in torch.
  const strides = shape.map((_, axis) =>
    elementCount(shape.slice(axis + 1).map((size) => Math.max(size, 1)))
  );
  return call(
    "torch._utils._rebuild_tensor_v2",
    [...id, BINPERSID],
    int(0),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    [NEWFALSE],
    call("collections.OrderedDict"),
  );
}

/**
 * Writes a state dict as `torch.save` does; `torch.load(file, weights_only=True)` reads it. The same tensors in the same
 * order always give the same bytes.
 *
 * Float tensors of every dtype are written as float32 (memory holds them as such), the others as int64, int32, uint8 or
 * bool.
 *
 * Source: PyTorch's notes on serialization semantics; Python's pickletools.
 *
 * @throws {TypeError} when a tensor's numbers do not fit its shape. @throws {RangeError} beyond 4 GiB.
 *
 * @example
 * ```ts
 * import { parseTorch, writeTorch } from "everyclass/formats";
 * const bias = { shape: [2], dtype: "f32" as const, data: Float32Array.of(1, 2) };
 * const file = writeTorch(new Map([["bias", bias]])); // in Python: linear.load_state_dict(torch.load(...))
 * console.log(parseTorch(file).state.get("bias")?.data); // Float32Array [1, 2]
 * ```
 */
export function writeTorch(state: StateDict): Uint8Array {
  for (const [name, tensor] of state) checkFilled(name, tensor);
  const items = [...state].flatMap(([name, tensor], i) => [...text(name), ...rebuilt(tensor, `${i}`)]);
  const pickle = [PROTO, 2, ...call("collections.OrderedDict"), MARK, ...items, SETITEMS, STOP];
  const files = new Map<string, Uint8Array>([
    ["archive/data.pkl", Uint8Array.from(pickle)],
    ["archive/byteorder", encode("little")],
    ...[...state.values()].map(({ data }, i) => [`archive/data/${i}`, bytesOf(data)] as const),
    ["archive/version", encode(VERSION)],
  ]);
  return writeZip(files, ALIGNMENT);
}
