import { join } from "node:path";

/** Operating system, as Deno names it. */
export type System = typeof Deno.build.os;

/** Folders of libraries by system. */
const FOLDERS: Partial<Record<System, readonly string[]>> = {
  linux: [
    `/usr/lib/${Deno.build.arch}-linux-gnu`,
    "/usr/lib64/openmpi/lib",
    "/usr/lib64/mpich/lib",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
  ],
  darwin: ["/opt/homebrew/lib", "/usr/local/lib"],
};

/** The files that a library by one of these names may have, the best first. */
export function libraryFiles(names: readonly string[], system: System = Deno.build.os): string[] {
  return names.flatMap((name) => (FOLDERS[system] ?? []).map((folder) => join(folder, name)));
}

/** Tells whether there is such a file, behind links too. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
