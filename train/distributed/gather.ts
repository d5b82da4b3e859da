import type { Handle, Handles } from "./handles.ts";
import type { Operations } from "./operations.ts";

/** Arrays that are gathered. */
export type Values = Float32Array | Uint8Array;

/** The values of all ranks, one behind the other, and the numbers of values. */
export interface Gathered<T extends Values> {
  all: T;
  lengths: number[];
}

/**
 * Gathers arrays of different lengths: first the lengths, then the values in as many rounds as the longest array needs.
 *
 * @param size Number of ranks. @param most Most values of all ranks in one round.
 */
export async function gather<T extends Values>(
  values: T,
  size: number,
  most: number,
  operations: Operations,
  handles: Handles,
): Promise<Gathered<T>> {
  const { byte, float } = handles;
  const [own, each] = [new Float64Array([values.length]), new Float64Array(size)];
  const round = (given: Values, into: Values, counts: readonly number[], type: Handle) =>
    gatherRound(given, into, counts, type, operations, handles);
  await round(new Uint8Array(own.buffer), new Uint8Array(each.buffer), Array.from(each, () => 8), byte);

  const lengths = [...each];
  const starts = startsOf(lengths);
  const all = arrayLike(values, starts[size]);
  const type = values instanceof Uint8Array ? byte : float;
  const [longest, step] = [Math.max(...lengths), Math.max(1, Math.floor(most / size))];
  if (longest <= step) {
    await round(values, all, lengths, type);
    return { all, lengths };
  }
  for (let at = 0; at < longest; at += step) {
    const counts = lengths.map((length) => Math.min(step, Math.max(0, length - at)));
    const from = startsOf(counts);
    const into = arrayLike(values, from[size]);
    await round(values.subarray(at, at + step), into, counts, type);
    for (const [rank, count] of counts.entries()) {
      // A rank whose array has ended begins behind the whole.
      if (count > 0) all.set(into.subarray(from[rank], from[rank] + count), starts[rank] + at);
    }
  }
  return { all, lengths };
}

function gatherRound(
  given: Values,
  into: Values,
  counts: readonly number[],
  type: Handle,
  operations: Operations,
  { world }: Handles,
): Promise<void> {
  const [lengths, starts] = [Int32Array.from(counts), Int32Array.from(startsOf(counts))];
  return operations.start("MPI_Iallgatherv", [{
    begin: (mpi, request) =>
      mpi.MPI_Iallgatherv(given, given.length, type, into, lengths, starts, type, world, request),
    bytes: into.byteLength,
    kept: [given, into, lengths, starts],
  }]);
}

/** The places where arrays of these lengths begin, one behind the other, and the end of the last. */
export function startsOf(lengths: readonly number[]): number[] {
  const starts = [0];
  for (const length of lengths) starts.push(starts.at(-1)! + length);
  return starts;
}

function arrayLike<T extends Values>(values: T, length: number): T {
  return (values instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length)) as T;
}
