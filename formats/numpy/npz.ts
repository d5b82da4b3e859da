// NumPy's .npz files: a zip archive of .npy files, stored (savez) or deflated (savez_compressed).
import type { RawTensor } from "../tensors/raw_tensor.ts";
import { ZipArchive, type ZipCauses } from "../zip/zip.ts";
import { parseNpy } from "./npy.ts";

const ENDING = ".npy";

const causes: ZipCauses = {
  missing: "an array is missing",
  checksum: "the file is damaged, fetch it again",
  method: "save it again with numpy.savez",
  unpacked:
    "the file is damaged, or shrank so far that it is refused: save it with numpy.savez, which does not pack",
  large: "save each array alone: numpy.save(file, array)",
};

/** The arrays of a .npz file; each is read when it is asked for. */
export class NpzFile {
  readonly #archive: ZipArchive;

  /** Reads the directory of the file. @throws {CheckpointError} when the file is cut short, damaged or larger than 4 GiB. */
  constructor(bytes: Uint8Array) {
    this.#archive = new ZipArchive(bytes, causes);
  }

  /** Names of the arrays, in the order of the file; none for an archive of other files. */
  get names(): string[] {
    const { names } = this.#archive;
    return names.filter((name) => name.endsWith(ENDING)).map((name) => name.slice(0, -ENDING.length));
  }

  /** Reads an array. @throws {CheckpointError} when there is no such array, or it cannot be read. */
  read(name: string): RawTensor {
    return parseNpy(this.#archive.read(name + ENDING), name);
  }
}
