/** A handle of MPI: an address in Open MPI, a number in MPICH. */
export type Handle = Deno.PointerValue | number;

/** Families of MPI libraries: those with Open MPI's binary interface, and those with MPICH's. */
export type MpiFamily = "Open MPI" | "MPICH";

/** The handles and constants of a family of MPI libraries, which share one binary interface. */
export interface Handles {
  /** The kind of parameter that passes a handle. */
  kind: "pointer" | "i32";
  world: Handle;
  float: Handle;
  byte: Handle;
  sum: Handle;
  /** The handler that makes functions return an error rather than end the process. */
  errorsReturn: Handle;
  /** Address that stands for "the values are in the receiving buffer". */
  inPlace: bigint;
  /** Address that stands for "no status is wanted". */
  statusIgnore: bigint;
}

/** Symbols of Open MPI whose addresses are its handles. */
export const OPEN_MPI_SYMBOLS = {
  ompi_mpi_comm_world: { type: "pointer" },
  ompi_mpi_float: { type: "pointer" },
  ompi_mpi_byte: { type: "pointer" },
  ompi_mpi_op_sum: { type: "pointer" },
  ompi_mpi_errors_return: { type: "pointer" },
} as const;

/** The handles of Open MPI, by the addresses of its symbols. */
export function openMpiHandles(
  symbols: Readonly<Record<keyof typeof OPEN_MPI_SYMBOLS, Deno.PointerValue>>,
): Handles {
  return {
    kind: "pointer",
    world: symbols.ompi_mpi_comm_world,
    float: symbols.ompi_mpi_float,
    byte: symbols.ompi_mpi_byte,
    sum: symbols.ompi_mpi_op_sum,
    errorsReturn: symbols.ompi_mpi_errors_return,
    inPlace: 1n,
    statusIgnore: 0n,
  };
}

/** The handles of MPICH and of the libraries that keep its binary interface. */
export const mpichHandles: Handles = {
  kind: "i32",
  world: 0x44000000,
  float: 0x4c00040a,
  byte: 0x4c00010d,
  sum: 0x58000003,
  errorsReturn: 0x54000001,
  inPlace: 0xffff_ffff_ffff_ffffn,
  statusIgnore: 1n,
};

/** Beginnings of the versions of libraries with the binary interface of MPICH. */
const LIKE_MPICH = /^\s*(MPICH|Intel\(R\) MPI|MVAPICH2?|MPI VERSION\s*: CRAY MPICH)\b/;

/**
 * The family of a library.
 *
 * @param version Text of `MPI_Get_library_version`.
 * @throws {Error} when it is of no known family.
 */
export function familyOf(version: string, path: string): MpiFamily {
  if (/^\s*Open MPI\b/.test(version)) return "Open MPI";
  if (LIKE_MPICH.test(version)) return "MPICH";
  throw new Error(
    `Cannot use the MPI library ${path}: it takes Open MPI, MPICH or a library with MPICH's binary interface ` +
      `(Intel MPI, MVAPICH, Cray MPICH), current is ${
        version.trim().split(/[\n,]/)[0] || "one without a name"
      }`,
  );
}
