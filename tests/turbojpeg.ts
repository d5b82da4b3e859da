import { jpegLibrary } from "../train/machine/jpeg_library.ts";

/** File of the system's libturbojpeg; null where it has none. */
export const turbojpeg: string | null = await jpegLibrary("turbojpeg", null).catch(() => null);

/** Name of a test that takes libturbojpeg, left out where the system has none; a thread keeps the library loaded. */
export function ofTurbojpeg(name: string): { name: string; ignore: boolean; sanitizeResources: false } {
  const isThere = turbojpeg !== null;
  const words = isThere ? name : `${name} (left out: the system has no libturbojpeg)`;
  return { name: words, ignore: !isThere, sanitizeResources: false };
}
