import { isFile, libraryFiles, type System } from "../machine/system_library.ts";
import type { MpiFamily } from "./handles.ts";

/** Names of the libraries' files by system and family. */
const NAMES: Partial<Record<System, Record<MpiFamily, readonly string[]>>> = {
  linux: {
    "Open MPI": ["libmpi.so.40", "libmpi.so"],
    "MPICH": ["libmpich.so.12", "libmpi.so.12"],
  },
  darwin: {
    "Open MPI": ["libmpi.40.dylib", "libmpi.dylib"],
    "MPICH": ["libmpi.12.dylib", "libpmpi.12.dylib"],
  },
};

/**
 * The file of the MPI library.
 *
 * @param given A file that the user names, which is taken as it is; null: that of the system.
 * @param family Family of the launcher that started this process; null without one.
 * @param isThere Tells whether there is such a file; replaced in tests.
 * @throws {Error} when there is none.
 */
export function findMpi(
  given: string | null,
  family: MpiFamily | null,
  isThere: (path: string) => boolean = isFile,
): string {
  const found = (given === null ? mpiFiles(family) : [given]).find(isThere);
  if (found !== undefined) return found;
  throw new Error(
    given === null
      ? `Cannot compute in several processes: this system has no ${
        family ?? "MPI"
      } library in a usual place. ` +
        `Install one (Debian: ${family === "MPICH" ? "apt-get install libmpich12" : "./setup.sh --mpi"}) ` +
        "or name its file with --mpi-library"
      : `Cannot compute in several processes: there is no MPI library ${given}`,
  );
}

/**
 * The files that may be the MPI library of a system, the best first: those of the launcher's family only, or those of all,
 * Open MPI's first.
 */
export function mpiFiles(family: MpiFamily | null, system: System = Deno.build.os): string[] {
  const names = NAMES[system];
  if (names === undefined) return [];
  const wanted = family === null ? Object.values(names).flat() : names[family];
  return libraryFiles(wanted, system);
}
