import { exists } from "../../data/disk/mod.ts";
import { parseCheckpoint, type RawTensor } from "../../formats/checkpoint/mod.ts";
import { isNpy, NpzFile, parseNpy } from "../../formats/numpy/mod.ts";
import { readNamed } from "../flags/errors.ts";
import { nearest } from "../flags/nearest.ts";

/** Files that hold arrays, by the ends of their names; behind some a colon and the name of an array. */
const ENDINGS = /\.(npy|npz|safetensors|pt|pth|pth\.tar|th)(:.*)?$/i;

/** Tells by its name whether a file holds arrays. */
export function holdsArrays(given: string): boolean {
  return ENDINGS.test(given);
}

/**
 * Reads an array of a file: of a .npy file, or of a .npz, safetensors or torch file with several arrays.
 *
 * @param what Meaning of the array, for errors. @param given The file or, if the file has several arrays, `FILE:NAME`.
 * @throws {Error} when the file cannot be read, has another format, or it is not clear which array is meant.
 */
export async function readArray(what: string, given: string): Promise<RawTensor> {
  const { file, name } = parted(given);
  const bytes = await readNamed(`the ${what} ${file}`, () => Deno.readFile(file));
  try {
    if (isNpy(bytes)) {
      if (name === null) return parseNpy(bytes, what);
      throw new RangeError(`it takes no name for a .npy file, which has one array, current is ${name}`);
    }
    const arrays = arraysIn(bytes);
    return arrays.read(choose(arrays.names, name, file));
  } catch (cause) {
    throw new Error(
      `Cannot read the ${what} ${file}: it takes a .npy file, or an array of a .npz, safetensors or torch file`,
      { cause },
    );
  }
}

/** Parts `FILE:NAME` where FILE is there, and no file is called so as a whole. */
function parted(given: string): { file: string; name: string | null } {
  if (exists(given)) return { file: given, name: null };
  for (let at = given.lastIndexOf(":"); at > 0; at = given.lastIndexOf(":", at - 1)) {
    const file = given.slice(0, at);
    if (exists(file)) return { file, name: given.slice(at + 1) };
  }
  return { file: given, name: null };
}

/** The arrays of a file with several ones; all but the wanted array stay unread where the format allows it. */
function arraysIn(bytes: Uint8Array): { names: string[]; read(name: string): RawTensor } {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  if (isZip) {
    const file = new NpzFile(bytes);
    if (file.names.length > 0) return file;
  }
  const { state } = parseCheckpoint(bytes);
  return { names: [...state.keys()], read: (name) => state.get(name)! };
}

/** The name of the array that is meant. @throws {RangeError} when there is no such array, or several. */
function choose(names: readonly string[], name: string | null, file: string): string {
  if (name === null && names.length === 1) return names[0];
  const shown = names.slice(0, 10).join(", ") + (names.length > 10 ? ` and ${names.length - 10} more` : "");
  if (name === null) {
    throw new RangeError(
      `it takes the name of an array where the file has several, current are ${shown}: write ${file}:${
        names[0]
      }`,
    );
  }
  if (names.includes(name)) return name;
  throw new RangeError(
    `it takes the name of an array of the file, current is ${name}; the nearest is ${
      nearest(name, names)
    } (of ${shown})`,
  );
}
