import type { Mpi } from "./mpi.ts";

/** `MPI_MAX_ERROR_STRING` of the libraries that are known, at most. */
const TEXT_BYTES = 1024;

/**
 * Throws for the code of an error.
 *
 * @param name The function that returned the code.
 */
export function checked(mpi: Mpi, name: string, code: number): void {
  if (code !== 0) throw new Error(`${name} of ${mpi.version} failed: ${textOf(mpi, code)}`);
}

function textOf({ call }: Mpi, code: number): string {
  const [text, length] = [new Uint8Array(TEXT_BYTES), new Int32Array(1)];
  if (call.MPI_Error_string(code, text, length) !== 0) return `error ${code}`;
  return new TextDecoder().decode(text.subarray(0, length[0])).replace(/\0.*$/s, "");
}
