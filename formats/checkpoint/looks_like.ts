// Guesses what a file is that is not a checkpoint, for the error message.

const binary: readonly [string, number, string][] = [
  // signature as Latin-1 text, its offset, the kind of file
  ["\x1f\x8b", 0, "a gzip file, unpack it first"],
  ["ustar", 257, "a tar archive, unpack it first"],
  ["BZh", 0, "a bzip2 file, unpack it first"],
  ["\xfd7zXZ", 0, "an xz file, unpack it first"],
  ["7z\xbc\xaf", 0, "a 7-zip archive, unpack it first"],
  ["Rar!", 0, "a rar archive, unpack it first"],
  ["\x93NUMPY", 0, "a NumPy array"],
  ["\x89HDF", 0, "an HDF5 file, as Keras writes it"],
  ["GGUF", 0, "a GGUF file of a language model"],
  ["TFL3", 4, "a TensorFlow Lite model"],
  ["\x89PNG", 0, "a PNG image"],
  ["\xff\xd8\xff", 0, "a JPEG image"],
  ["%PDF", 0, "a PDF document"],
];

/** The kind of a file in words: `an HTML page: the address leads to a page about the file and not to the file`. */
export function looksLike(file: Uint8Array): string {
  if (file.length === 0) return "an empty file: its download failed";
  const text = String.fromCharCode(...file.subarray(0, 512));
  for (const [opening, at, name] of binary) if (text.startsWith(opening, at)) return name;
  if (file.every((byte) => byte === 0)) return "zeros only: its download failed";
  if (text[0] === "\x80" && file[1] <= 5) return "a Python pickle, but not one that torch.save wrote";
  // Text has no control characters besides tab, line feed, form feed and carriage return.
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x08\x0b\x0e-\x1f]/.test(text)) return "a file of another kind, or the end of one";
  if (text.startsWith("version https://git-lfs")) {
    return "a git-lfs pointer: the file itself was not fetched, run git lfs pull";
  }
  if (/<(!doctype html|html|head)/i.test(text)) {
    return "an HTML page: the address leads to a page about the file and not to the file";
  }
  if (/^\s*[[{]/.test(text)) return "a JSON text: perhaps the error message of a server";
  return `a text: ${JSON.stringify(text.trim().slice(0, 60))}`;
}
