// The allow-list of names in a checkpoint: tensors, and the plain values that training scripts save beside them. Nothing
// else can be reached.
import {
  asText,
  DType,
  type Factory,
  Global,
  numpyGlobals,
  shown,
  type Stateful,
  toBytes,
} from "../pickle/mod.ts";
import { CheckpointError } from "../tensors/checkpoint_error.ts";
import type { StoredType } from "../tensors/elements.ts";
import { areCounts } from "../tensors/raw_tensor.ts";
import { type TorchStorage, TorchTensor } from "./torch_tensor.ts";

/** The classes of storages that a pickle may name, and what their numbers are. */
export const storageTypes: Readonly<Record<string, StoredType>> = {
  "torch.DoubleStorage": "f64",
  "torch.FloatStorage": "f32",
  "torch.HalfStorage": "f16",
  "torch.BFloat16Storage": "bf16",
  "torch.LongStorage": "i64",
  "torch.IntStorage": "i32",
  "torch.ShortStorage": "i16",
  "torch.CharStorage": "i8",
  "torch.ByteStorage": "u8",
  "torch.BoolStorage": "bool",
};

const dtypes = "float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool".split(" ");

/** A state dict; its attribute `_metadata` (versions of the layers) is not needed. */
class OrderedDict extends Map<unknown, unknown> implements Stateful {
  setState(): void {}
}

/** An object that training scripts save beside the weights, such as flags and dates; nothing here reads it. */
class Opaque implements Stateful {
  setState(): void {}
}

const opaque = (names: string) =>
  Object.fromEntries(names.split(" ").map((name) => [name, () => new Opaque()]));

/** Paths among the flags, from any system: what is said of them is their parts. */
const paths = Object.fromEntries(
  ["pathlib", "pathlib._local"].flatMap((module) =>
    ["Posix", "PurePosix", "Windows", "PureWindows"].map((system) => [
      `${module}.${system}Path`,
      (...parts: unknown[]) => parts.map(asText).join("/").replace(/^\/\//, "/"),
    ])
  ),
);

/** The allow-list for `unpickle`. */
export const torchGlobals: Readonly<Record<string, Factory>> = {
  "torch._utils._rebuild_tensor": (...args) => rebuild(args),
  "torch._utils._rebuild_tensor_v2": (...args) => rebuild(args),
  "torch._utils._rebuild_parameter": (tensor) => tensor,
  ...Object.fromEntries(Object.keys(storageTypes).map((name) => [name, () => notCallable(name)])),
  ...Object.fromEntries(dtypes.map((name) => [`torch.${name}`, () => notCallable(`torch.${name}`)])),
  "torch.Size": list,
  "torch.device": (...parts) => parts.map(asText).join(":"),
  "collections.OrderedDict": (items) => new OrderedDict(list(items).map(pair)),
  "collections.Counter": (counts) => counts, // MultiStepLR's milestones
  ...opaque(
    "argparse.Namespace datetime.datetime datetime.date datetime.time datetime.timedelta datetime.timezone",
  ),
  ...paths,
  "builtins.set": (items) => new Set(list(items)),
  "__builtin__.set": (items) => new Set(list(items)),
  ...numpyGlobals,
  "numpy.core.multiarray.scalar": (dtype, data) => numpyScalar(dtype, toBytes(data)),
  "numpy._core.multiarray.scalar": (dtype, data) => numpyScalar(dtype, toBytes(data)),
};

/** The contents of the persistent id of a storage. */
export interface StorageId {
  stored: StoredType;
  key: string;
  /** Numbers in the whole storage. */
  count: number;
  /** Offset and length in numbers of a part of the storage, as PyTorch before 0.4 wrote views. */
  view: { offset: number; count: number } | null;
}

/** Makes the `persistentLoad` of both formats: an id is `("storage", type, key, device, count[, view])`. */
export function storageLoader(open: (id: StorageId) => TorchStorage): (id: unknown) => TorchStorage {
  return (id) => {
    const [kind, type, key, , count, view] = Array.isArray(id) ? id : [];
    const stored = type instanceof Global ? storageTypes[type.name] : undefined;
    const part = Array.isArray(view) ? { offset: view[1], count: view[2] } : null;
    const counts = [count, part?.offset ?? 0, part?.count ?? 0];
    if (kind !== "storage" || !stored || !areCounts(counts)) {
      throw new CheckpointError(
        `Cannot read the checkpoint: it takes a storage of numbers, current is a storage of type ${
          type instanceof Global ? type.name : shown(type)
        } and size ${shown(count)}: the file is damaged or of another version of PyTorch`,
      );
    }
    return open({ stored, key: asText(key), count, view: part });
  };
}

function rebuild([storage, offset, shape, stride]: unknown[]): TorchTensor {
  return new TorchTensor(storage, offset, shape, stride);
}

function notCallable(name: string): never {
  throw new CheckpointError(
    `Cannot read the checkpoint: it takes ${name} as a type, current file calls it: the file is damaged`,
  );
}

function list(items: unknown = []): unknown[] {
  if (Array.isArray(items)) return items;
  throw new CheckpointError(
    `Cannot read the checkpoint: it takes a list of items, current is ${typeof items}: the file is damaged`,
  );
}

function pair(item: unknown): [unknown, unknown] {
  const [key, value] = list(item);
  return [key, value];
}

/** A NumPy number, as `np.mean` leaves them among the metrics. */
function numpyScalar(dtype: unknown, bytes: Uint8Array): number | bigint | boolean {
  if (!(dtype instanceof DType) || bytes.length !== dtype.itemSize) {
    throw new CheckpointError(
      "Cannot read a NumPy scalar: it takes a dtype and as many bytes as it has, current is " +
        `${
          dtype instanceof DType ? dtype.code : typeof dtype
        } with ${bytes.length} bytes: the file is damaged`,
    );
  }
  const { code, itemSize, bigEndian } = dtype;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = !bigEndian;
  switch (code) {
    case "f8":
      return view.getFloat64(0, little);
    case "f4":
      return view.getFloat32(0, little);
    case "f2":
      return view.getFloat16(0, little);
    case "b1":
      return bytes[0] !== 0;
  }
  let value = 0n;
  for (const byte of little ? bytes.toReversed() : bytes) value = value << 8n | BigInt(byte);
  return code[0] === "i" ? BigInt.asIntN(8 * itemSize, value) : value;
}
