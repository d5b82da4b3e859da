import type { MpiFamily } from "./handles.ts";

/** The launcher that started this process. */
export interface Launcher {
  /** The MPI libraries whose programs it starts. */
  family: MpiFamily;
  /** Number of processes that it started. */
  size: number;
}

/** Variables in which launchers tell the number of processes. */
export const LAUNCHER_VARIABLES: Readonly<Record<string, MpiFamily>> = {
  OMPI_COMM_WORLD_SIZE: "Open MPI",
  PMI_SIZE: "MPICH",
};

/**
 * The launcher, by the variables that it sets; null where none did.
 *
 * @param variable The value of an environment variable; replaced in tests.
 */
export function findLauncher(variable: (name: string) => string | undefined = ownVariable): Launcher | null {
  for (const [name, family] of Object.entries(LAUNCHER_VARIABLES)) {
    const size = Number(variable(name));
    if (size > 0) return { family, size };
  }
  return null;
}

/**
 * Checks that a library sees the processes that the launcher started.
 *
 * @param version Name and version of the library. @param size Number of processes that it sees.
 * @throws {Error} when each process would be alone: launcher and library are of different families.
 */
export function checkSize(launcher: Launcher | null, version: string, size: number): void {
  if (launcher === null || launcher.size === 1 || size > 1) return;
  throw new Error(
    `Cannot compute together: the launcher of ${launcher.family} started ${launcher.size} processes, but ${version} sees one: ` +
      `name the library that belongs to the launcher with --mpi-library`,
  );
}

function ownVariable(name: string): string | undefined {
  return Deno.permissions.querySync({ name: "env", variable: name }).state === "granted"
    ? Deno.env.get(name)
    : undefined;
}
