import { type ZipOptions, zipSync } from "fflate";

/** Plain zip counts bytes and files below these. */
const [BYTES, FILES] = [0xffffffff, 0xffff];
/** The extra field that pads, as torch names it: "FB". */
const PADDING = 0x4246;

/**
 * Writes a zip archive of unpacked files; the same files in the same order always give the same bytes.
 *
 * @param files Under names that are no whole numbers, which JavaScript would put first. @param alignment Each file's bytes begin at a multiple of so many bytes; 1 leaves them where they fall.
 * @throws {RangeError} when the files are too many or too large for plain zip.
 */
export function writeZip(files: ReadonlyMap<string, Uint8Array>, alignment = 1): Uint8Array {
  const entries: Record<string, [Uint8Array, ZipOptions]> = {};
  let at = 0;
  for (const [name, bytes] of files) {
    at += 30 + new TextEncoder().encode(name).length; // the header before the extra fields
    const options: ZipOptions = {};
    if (alignment > 1) {
      at += 4; // the header of the padding
      const padding = Math.ceil(at / alignment) * alignment - at;
      options.extra = { [PADDING]: new Uint8Array(padding) };
      at += padding;
    }
    entries[name] = [bytes, options];
    at += bytes.length;
  }
  if (at >= BYTES || files.size >= FILES) {
    throw new RangeError(
      `Cannot write the zip archive: it takes fewer than ${FILES} files, with their headers fewer than ${BYTES} bytes, ` +
        `current are ${files.size} files and ${at} bytes: write several archives`,
    );
  }
  // The first date that zip knows, in place of today's.
  return zipSync(entries, { level: 0, mtime: new Date(1980, 0, 1) });
}
