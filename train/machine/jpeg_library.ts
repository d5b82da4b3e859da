import { libraryFile } from "./fetched_library.ts";
import { isFile, libraryFiles, type System } from "./system_library.ts";

/** Names of libturbojpeg's file by system. */
const NAMES: Partial<Record<System, readonly string[]>> = {
  linux: ["libturbojpeg.so.0", "libturbojpeg.so"],
  darwin: ["libturbojpeg.0.dylib", "libturbojpeg.dylib"],
};

/**
 * The file of libturbojpeg for a decoder; null where sharp decodes everything.
 *
 * @param decoder By the config: `turbojpeg` decodes plain JPEGs by libturbojpeg and other images by sharp.
 * @param named The library that the user names, a file or an address; null: the system's.
 * @param isThere Tells whether there is such a file; replaced in tests.
 * @throws {Error} when there is none, or the library at the address is not the one with the digest.
 * @throws {RangeError} when a library is named for sharp.
 */
export async function jpegLibrary(
  decoder: "sharp" | "turbojpeg",
  named: string | null,
  isThere: (path: string) => boolean = isFile,
): Promise<string | null> {
  if (decoder === "sharp") {
    if (named === null) return null;
    throw new RangeError(
      `Cannot use --jpeg-library ${named}: it takes the decoder turbojpeg, current is sharp: set data.decoder=turbojpeg ` +
        "(of predict: decoder=turbojpeg)",
    );
  }
  const files = named === null ? libraryFiles(NAMES[Deno.build.os] ?? []) : [await libraryFile(named)];
  const found = files.find(isThere);
  if (found !== undefined) return found;
  throw new Error(
    named === null
      ? "Cannot decode by turbojpeg: this system has no libturbojpeg in a usual place. Install it (Debian: apt-get install " +
        "libturbojpeg0), name its file with --jpeg-library, or leave the decoder sharp"
      : `Cannot decode by turbojpeg: there is no library ${named}`,
  );
}
