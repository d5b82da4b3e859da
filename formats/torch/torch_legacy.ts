// torch.save before PyTorch 1.6: pickles one after the other, then the storages.
//
//   magic number · protocol version · facts of the system · the object · list of the keys of the storages
//   then for each key: u64 count of numbers, and the numbers, little-endian on every machine
import { asText, shown, unpickle } from "../pickle/mod.ts";
import { CheckpointError } from "../tensors/checkpoint_error.ts";
import { itemSize } from "../tensors/elements.ts";
import { storageLoader, torchGlobals } from "./torch_globals.ts";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/** Tells such a file by its first bytes: PROTO 2 or later, LONG1 of 10 bytes, the magic number, STOP. */
export function isLegacy(file: Uint8Array): boolean {
  const opening = [0x8a, 10, ...Array.from({ length: 10 }, (_, i) => Number(MAGIC >> BigInt(8 * i) & 255n))];
  return file[0] === 0x80 && opening.every((byte, i) => file[2 + i] === byte);
}

/** Unpickles a checkpoint in the format before zip; the caller has checked its first bytes. */
export function unpickleLegacy(file: Uint8Array): unknown {
  const sizes = new Map<string, number>(); // bytes a number of each storage
  const storages = new Map<string, Uint8Array>();
  const persistentLoad = storageLoader(({ stored, key, count, view }) => {
    const size = itemSize[stored];
    sizes.set(key, size);
    const [first, numbers] = view ? [view.offset, view.count] : [0, count];
    return {
      stored,
      count: numbers,
      bigEndian: false,
      bytes() {
        const bytes = storages.get(key)?.subarray(first * size, (first + numbers) * size);
        if (bytes?.length === numbers * size) return bytes;
        throw damaged(`${numbers} numbers in storage ${key}`, `${(bytes?.length ?? 0) / size}`);
      },
    };
  });
  let at = 0;
  const next = (options: Parameters<typeof unpickle>[1] = { globals: {} }): unknown => {
    const { value, end } = unpickle(file.subarray(at), options);
    at += end;
    return value;
  };
  next(); // the magic number
  const protocol = next();
  if (protocol !== PROTOCOL) throw damaged(`protocol ${PROTOCOL}`, shown(protocol));
  next(); // facts of the system
  const root = next({ globals: torchGlobals, persistentLoad });
  const keys = next();
  if (!Array.isArray(keys)) throw damaged("a list of storages", shown(keys));
  for (const key of keys) at = readStorage(file, at, asText(key), sizes, storages);
  return root;
}

/** Reads a storage. @returns the offset of the next storage. */
function readStorage(
  file: Uint8Array,
  at: number,
  key: string,
  sizes: Map<string, number>,
  storages: Map<string, Uint8Array>,
): number {
  const size = sizes.get(key);
  if (size === undefined) throw damaged("storages that a tensor uses", key);
  const start = at + 8;
  const count = start <= file.length
    ? Number(new DataView(file.buffer, file.byteOffset + at).getBigUint64(0, true))
    : 0;
  const end = start + count * size;
  if (end > file.length) {
    throw damaged(`at least ${end} bytes`, `${file.length}`, "the file is cut short, fetch it again");
  }
  storages.set(key, file.subarray(start, end));
  return end;
}

function damaged(expected: string, current: string, cause = "the file is damaged") {
  return new CheckpointError(
    `Cannot read the checkpoint: it takes ${expected}, current is ${current}: ${cause}`,
  );
}
