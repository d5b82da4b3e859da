// torch.save since PyTorch 1.6: a zip archive, its files under one folder of any name.
//
//   <folder>/data.pkl     the pickle; storages are persistent ids
//   <folder>/data/<key>   the bytes of a storage
//   <folder>/byteorder    "little" or "big", absent before PyTorch 2.1
import { unpickle } from "../pickle/mod.ts";
import { CheckpointError, firstOf } from "../tensors/checkpoint_error.ts";
import { itemSize } from "../tensors/elements.ts";
import { storageLoader, torchGlobals } from "./torch_globals.ts";
import { ZipArchive } from "../zip/zip.ts";

/** Unpickles a checkpoint in the zip format. */
export function unpickleZip(file: Uint8Array): unknown {
  const archive = new ZipArchive(file);
  const folder = findFolder(archive);
  const order = archive.has(`${folder}byteorder`) ? text(archive.read(`${folder}byteorder`)) : "little";
  const storages = new Map<string, Uint8Array>();
  const read = (key: string): Uint8Array => {
    const bytes = storages.get(key) ?? archive.read(`${folder}data/${key}`);
    storages.set(key, bytes); // the checksum is checked once, however many tensors share the storage
    return bytes;
  };
  const persistentLoad = storageLoader(({ stored, key, count }) => ({
    stored,
    count,
    bigEndian: order === "big",
    bytes() {
      const bytes = read(key);
      if (bytes.length === count * itemSize[stored]) return bytes;
      throw new CheckpointError(
        `Cannot read data/${key}: it takes ${count} numbers of ${stored}, current are ${bytes.length} bytes: ` +
          "the file is damaged",
      );
    },
  }));
  return unpickle(archive.read(`${folder}data.pkl`), { globals: torchGlobals, persistentLoad }).value;
}

function findFolder(archive: ZipArchive): string {
  const { names } = archive;
  const pickles = names.filter((name) => /^([^/]*\/)?data\.pkl$/.test(name));
  const folder = pickles[0]?.slice(0, -"data.pkl".length);
  if (pickles.length === 1 && !archive.has(`${folder}constants.pkl`)) return folder;
  const scripted = pickles.length === 1;
  throw new CheckpointError(
    `Cannot read the checkpoint: it takes a zip archive with one data.pkl, current one has ${
      scripted ? "compiled code beside it" : firstOf(names, 5) || "no files"
    }: ` + (scripted
      ? "this is a TorchScript program, save its weights: torch.save(model.state_dict(), file)"
      : names.some((name) =>
          name.endsWith(".npy")
        )
      ? "this is an archive of NumPy arrays"
      : "this is an archive of other files, unpack it first"),
  );
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim();
}
