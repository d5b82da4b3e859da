import {
  familyOf,
  type Handle,
  type Handles,
  mpichHandles,
  OPEN_MPI_SYMBOLS,
  openMpiHandles,
} from "./handles.ts";

type Buffer = ArrayBufferView;
/** A function that returns the code of an error, 0 for none. */
type Call<Parameters extends unknown[]> = (...parameters: Parameters) => number;

/** The functions of MPI that a {@linkcode MpiCommunicator} calls; each returns the code of an error, 0 for none. */
export interface MpiFunctions {
  MPI_Init_thread: Call<[count: bigint, words: bigint, required: number, provided: Buffer]>;
  MPI_Comm_rank: Call<[Handle, rank: Buffer]>;
  MPI_Comm_size: Call<[Handle, size: Buffer]>;
  MPI_Comm_set_errhandler: Call<[Handle, handler: Handle]>;
  MPI_Get_processor_name: Call<[name: Buffer, length: Buffer]>;
  MPI_Error_string: Call<[code: number, text: Buffer, length: Buffer]>;
  MPI_Iallreduce: Call<
    [from: bigint, into: Buffer, count: number, type: Handle, op: Handle, Handle, request: Buffer]
  >;
  MPI_Iallgatherv: Call<
    [
      from: Buffer,
      count: number,
      type: Handle,
      into: Buffer,
      counts: Buffer,
      starts: Buffer,
      type: Handle,
      Handle,
      request: Buffer,
    ]
  >;
  MPI_Ibcast: Call<[values: Buffer, count: number, type: Handle, root: number, Handle, request: Buffer]>;
  MPI_Ibarrier: Call<[Handle, request: Buffer]>;
  MPI_Test: Call<[request: Buffer, done: Buffer, status: bigint]>;
  MPI_Finalize: Call<[]>;
  MPI_Abort: Call<[Handle, exitCode: number]>;
}

/** An MPI library that was loaded. */
export interface Mpi {
  path: string;
  /** Name and version, a line. */
  version: string;
  handles: Handles;
  call: MpiFunctions;
}

/** `MPI_MAX_LIBRARY_VERSION_STRING` of the libraries that are known, at most. */
const VERSION_BYTES = 8192;

/**
 * Loads an MPI library and finds its handles. No function of MPI that needs the other processes runs yet.
 *
 * @throws {Error} when the file is no MPI library, or one of an unknown family.
 */
export function loadMpi(path: string): Mpi {
  const version = versionOf(path);
  const handles = familyOf(version, path) === "MPICH"
    ? mpichHandles
    : openMpiHandles(Deno.dlopen(path, OPEN_MPI_SYMBOLS).symbols);
  const { symbols } = Deno.dlopen(path, functionsOf(handles.kind));
  // The kinds of parameters vary with the family, which the types of FFI cannot tell.
  const call = symbols as unknown as MpiFunctions;
  return { path, version: nameIn(version), handles, call };
}

/** Name and version in a text such as `MPICH Version:\t4.0.2\nMPICH Release date: …`. */
export function nameIn(version: string): string {
  return version.trim().split(/[\n,]/)[0].replace(/\s+/g, " ").trim();
}

function versionOf(path: string): string {
  const { symbols } = open(path, {
    MPI_Get_library_version: { parameters: ["buffer", "buffer"], result: "i32" },
  });
  const [text, length] = [new Uint8Array(VERSION_BYTES), new Int32Array(1)];
  symbols.MPI_Get_library_version(text, length);
  return new TextDecoder().decode(text.subarray(0, length[0])).replace(/\0.*$/s, "");
}

function open<S extends Deno.ForeignLibraryInterface>(path: string, symbols: S): Deno.DynamicLibrary<S> {
  try {
    return Deno.dlopen(path, symbols);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    throw new Error(
      `Cannot load the MPI library ${path}: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}

/** The parameters of the functions. @param handle The kind of parameter that passes a handle. */
function functionsOf(handle: "pointer" | "i32") {
  const returning = <const P extends readonly Deno.NativeType[]>(...parameters: P) =>
    ({ parameters, result: "i32" }) as const;
  return {
    MPI_Init_thread: returning("usize", "usize", "i32", "buffer"),
    MPI_Comm_rank: returning(handle, "buffer"),
    MPI_Comm_size: returning(handle, "buffer"),
    MPI_Comm_set_errhandler: returning(handle, handle),
    MPI_Get_processor_name: returning("buffer", "buffer"),
    MPI_Error_string: returning("i32", "buffer", "buffer"),
    MPI_Iallreduce: returning("usize", "buffer", "i32", handle, handle, handle, "buffer"),
    MPI_Iallgatherv: returning(
      ...["buffer", "i32", handle, "buffer", "buffer", "buffer", handle, handle, "buffer"] as const,
    ),
    MPI_Ibcast: returning("buffer", "i32", handle, "i32", handle, "buffer"),
    MPI_Ibarrier: returning(handle, "buffer"),
    MPI_Test: returning("buffer", "buffer", "usize"),
    MPI_Finalize: returning(),
    MPI_Abort: returning(handle, "i32"),
  } as const;
}
