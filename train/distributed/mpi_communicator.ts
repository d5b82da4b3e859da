import type { Communicator } from "../../engine/mod.ts";
import { gather, startsOf, type Values } from "./gather.ts";
import type { Mpi, MpiFunctions } from "./mpi.ts";
import { checked } from "./mpi_error.ts";
import { Operations, type Part, type Request } from "./operations.ts";

/** Most values of one call of MPI, which counts them in 32 bits with a sign. */
const MOST = 2 ** 30;

/** Most values that one call adds up: several calls in flight add and move at the same time. */
const MOST_ADDED = 2 ** 18;

/**
 * The processes that `mpirun` or another launcher of MPI started, over operations that do not block: this thread stays free
 * while they run, and several may be in flight. Operations reach MPI in the order of the calls, which must be the same in every
 * process.
 */
export class MpiCommunicator implements Communicator, AsyncDisposable {
  readonly #mpi: Mpi;
  readonly #operations: Operations;
  readonly #most: number;
  /** Ends when the operations that keep others waiting have; null while there are none. */
  #turn: Promise<void> | null = null;
  #isOpen = true;

  /** @param mpi A library after `MPI_Init_thread`. @param most Most values of one call; smaller in tests. */
  constructor(mpi: Mpi, readonly rank: number, readonly size: number, most = MOST) {
    this.#mpi = mpi;
    this.#operations = new Operations(mpi);
    this.#most = most;
  }

  /** Seconds in which this process waited for the others and had nothing else to do. */
  get waited(): number {
    return this.#operations.waited;
  }

  /** Adds up the values of all ranks, in place. They belong to MPI until the promise is settled. */
  allReduce(values: Float32Array): Promise<void> {
    const { world, float, sum, inPlace } = this.#mpi.handles;
    const parts = partsOf(
      values,
      Math.min(MOST_ADDED, this.#most),
      (mpi, part, request) => mpi.MPI_Iallreduce(inPlace, part, part.length, float, sum, world, request),
    );
    return this.#inTurn(false, () => this.#operations.start("MPI_Iallreduce", parts));
  }

  /** The values of all ranks, those of rank 0 first. */
  allGather(values: Float32Array): Promise<Float32Array> {
    return this.#inTurn(true, async () => (await this.#gather(values)).all);
  }

  /** The texts of all ranks, that of rank 0 first. */
  gatherTexts(text: string): Promise<string[]> {
    return this.#inTurn(true, async () => {
      const { all, lengths } = await this.#gather(new TextEncoder().encode(text));
      const starts = startsOf(lengths);
      return lengths.map((length, i) =>
        new TextDecoder().decode(all.subarray(starts[i], starts[i] + length))
      );
    });
  }

  /** The bytes that rank 0 gives. */
  broadcast(bytes: Uint8Array): Promise<Uint8Array> {
    return this.#inTurn(true, async () => {
      const length = new Float64Array([bytes.length]);
      await this.#broadcast(new Uint8Array(length.buffer));
      const whole = this.rank === 0 ? bytes : new Uint8Array(length[0]);
      await this.#broadcast(whole);
      return whole;
    });
  }

  /** Leaves the job in good order: waits for the other ranks, which must leave too, then ends MPI. */
  async finish(): Promise<void> {
    if (!this.#isOpen) return;
    await this.#inTurn(true, () => this.#operations.barrier());
    this.#isOpen = false;
    checked(this.#mpi, "MPI_Finalize", this.#mpi.call.MPI_Finalize());
  }

  /** Ends the job: this process and, through the launcher, all others. Tell the user why before. */
  abort(exitCode = 1): void {
    this.#isOpen = false;
    this.#mpi.call.MPI_Abort(this.#mpi.handles.world, exitCode);
  }

  /** As {@linkcode finish} does. After an error call {@linkcode abort} before: other ranks may wait for what never comes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.finish();
  }

  #gather<T extends Values>(values: T) {
    return gather(values, this.size, this.#most, this.#operations, this.#mpi.handles);
  }

  #broadcast(bytes: Uint8Array): Promise<void> {
    const { world, byte } = this.#mpi.handles;
    const parts = partsOf(
      bytes,
      this.#most,
      (mpi, part, request) => mpi.MPI_Ibcast(part, part.length, byte, 0, world, request),
    );
    return this.#operations.start("MPI_Ibcast", parts);
  }

  /**
   * Begins after operations that keep others waiting.
   *
   * @param isLong True to keep the next ones waiting: the operation calls MPI several times, one after the other.
   */
  #inTurn<T>(isLong: boolean, begin: () => Promise<T>): Promise<T> {
    if (!this.#isOpen) {
      return Promise.reject(new Error("Cannot compute together: this process has left the job"));
    }
    const result = this.#turn === null ? begin() : this.#turn.then(begin);
    if (this.#turn === null && !isLong) return result;
    const turn = result.then(() => {}, () => {}).then(() => {
      if (this.#turn === turn) this.#turn = null;
    });
    this.#turn = turn;
    return result;
  }
}

/** An operation on an array in parts that MPI takes. @param begin Calls MPI for a part. */
function partsOf<T extends Values>(
  values: T,
  most: number,
  begin: (mpi: MpiFunctions, part: T, request: Request) => number,
): Part[] {
  return Array.from({ length: Math.ceil(values.length / most) }, (_, i) => {
    const part = values.subarray(i * most, (i + 1) * most) as T;
    return { begin: (mpi, request) => begin(mpi, part, request), bytes: part.byteLength, kept: part };
  });
}
