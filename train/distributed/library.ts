import { join } from "node:path";

/** File names of the libraries by system, those of Open MPI first: `mpirun` is its own where both are there. */
const NAMES: Partial<Record<typeof Deno.build.os, readonly string[]>> = {
  linux: ["libmpi.so.40", "libmpi.so.12", "libmpich.so.12", "libmpi.so"],
  darwin: ["libmpi.40.dylib", "libmpi.12.dylib", "libmpi.dylib"],
};

/** Folders of libraries by system. */
const FOLDERS: Partial<Record<typeof Deno.build.os, readonly string[]>> = {
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

/**
 * The file of the MPI library of this system.
 *
 * @param given A file that the user names, which is taken as it is.
 * @throws {Error} when there is none.
 */
export function findMpi(given: string | null = null, isThere: (path: string) => boolean = isFile): string {
  const candidates = given === null ? candidatePaths() : [given];
  const found = candidates.find(isThere);
  if (found !== undefined) return found;
  throw new Error(
    given === null
      ? "Cannot compute in several processes: no MPI library was found. Install Open MPI (Debian: ./setup.sh --mpi, or " +
        "apt-get install openmpi-bin), or name the library's file with --mpi-library"
      : `Cannot compute in several processes: there is no file ${given}`,
  );
}

/** The files that may be the MPI library of this system, the best first. */
export function candidatePaths(os: typeof Deno.build.os = Deno.build.os): string[] {
  const folders = FOLDERS[os] ?? [];
  return (NAMES[os] ?? []).flatMap((name) => folders.map((folder) => join(folder, name)));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
