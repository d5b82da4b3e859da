import { createHash } from "node:crypto";
import { extname, join, resolve } from "node:path";
import { isAddress } from "../flags/address.ts";
import { cacheFolder } from "./cache.ts";

/** Fetches a file into a folder, as `download` of @denosaurs/plug does; replaced in tests. @returns The file's path. */
export type Download = (options: { url: string; location: string }) => Promise<string>;

const PINNED = /^#sha256=([0-9a-f]{64})$/i;

/**
 * The absolute path of a library that the user named: one at an address is fetched, a file is taken as it is. By a bare name
 * the system would load a library from its own folders.
 *
 * @throws as {@linkcode fetchLibrary}.
 */
export async function libraryFile(named: string): Promise<string> {
  return isAddress(named) ? await fetchLibrary(named) : resolve(named);
}

/**
 * The file that a library at an address becomes.
 *
 * @param address `https://…/libmpi.so#sha256=<64 hex digits>`. @throws {SyntaxError} when the digest is missing.
 */
export function fetchedFile(address: string, folder: string = cacheFolder): string {
  const { pathname } = new URL(address);
  return join(folder, "libraries", `${digestIn(address)}${extname(pathname)}`);
}

/**
 * Fetches a library, once: native code is loaded only where its digest is the one that the user gave.
 *
 * @param address As {@linkcode fetchedFile} takes it. @returns Its file. @throws {Error} when it is another file.
 */
export async function fetchLibrary(
  address: string,
  folder: string = cacheFolder,
  download: Download = plug,
): Promise<string> {
  const [file, wanted] = [fetchedFile(address, folder), digestIn(address)];
  if (digestOf(file) === wanted) return file;
  const libraries = join(folder, "libraries");
  Deno.mkdirSync(libraries, { recursive: true });
  // Ranks fetch at the same time, and those of several hosts may share the folder and the number of their process.
  const location = Deno.makeTempDirSync({ dir: libraries, prefix: "fetched-" });
  try {
    const fetched = await download({ url: address.replace(/#.*$/, ""), location });
    const found = digestOf(fetched);
    if (found !== wanted) {
      throw new Error(
        `Cannot use the library ${address}: its SHA-256 is ${found}: the file there changed, or the transfer failed`,
      );
    }
    Deno.renameSync(fetched, file);
  } finally {
    Deno.removeSync(location, { recursive: true });
  }
  return file;
}

function digestIn(address: string): string {
  const digest = new URL(address).hash.match(PINNED)?.[1];
  if (digest !== undefined) return digest.toLowerCase();
  throw new SyntaxError(
    `Cannot take the library ${address}: an address ends in #sha256= and the 64 hex digits of the file's SHA-256`,
  );
}

/** SHA-256 in hex of a file; null where there is none. */
function digestOf(path: string): string | null {
  try {
    return createHash("sha256").update(Deno.readFileSync(path)).digest("hex");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

const plug: Download = async (options) => {
  try {
    const { download } = await import(new URL("./plug.ts", import.meta.url).href);
    return await download(options);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : cause;
    throw new Error(
      `Cannot fetch the library ${options.url} by the package @denosaurs/plug of jsr.io: ${why}`,
      {
        cause,
      },
    );
  }
};
