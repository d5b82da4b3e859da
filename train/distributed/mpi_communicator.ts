import type { Communicator } from "../../engine/mod.ts";
import type { Handle, Handles } from "./handles.ts";
import { InFlight } from "./in_flight.ts";
import type { Mpi, MpiFunctions } from "./mpi.ts";
import { checked } from "./mpi_error.ts";

/** Most values that one call of MPI takes here: it counts them in 32 bits with a sign. */
const MOST = 2 ** 30;

/** Arrays that are gathered, and the bytes of one value. */
type Values = Float32Array | Uint8Array;

/**
 * The processes that `mpirun` or another launcher of MPI started, over operations that do not block: this thread stays free
 * while they run, and several may be in flight. Operations reach MPI in the order of the calls, which must be the same in every
 * process.
 */
export class MpiCommunicator implements Communicator, AsyncDisposable {
  readonly #mpi: Mpi;
  readonly #inFlight = new InFlight();
  readonly #most: number;
  /** Ends when the operations that keep others waiting have; null while there are none. */
  #turn: Promise<void> | null = null;
  #isOpen = true;

  /** @param mpi A library after `MPI_Init_thread`. @param most Most values of one call; smaller in tests. */
  constructor(mpi: Mpi, readonly rank: number, readonly size: number, most = MOST) {
    this.#mpi = mpi;
    this.#most = most;
  }

  /** Seconds in which this process had nothing to do but wait for the others, roughly. */
  get waited(): number {
    return this.#inFlight.waited;
  }

  /** Adds up the values of all ranks, in place. They belong to MPI until the promise is settled. */
  allReduce(values: Float32Array): Promise<void> {
    const { world, float, sum, inPlace } = this.#handles;
    return this.#inTurn(false, async () => {
      await Promise.all(
        this.#pieces(values).map((piece) =>
          this.#start(
            "MPI_Iallreduce",
            (mpi, request) => mpi.MPI_Iallreduce(inPlace, piece, piece.length, float, sum, world, request),
            piece,
          )
        ),
      );
    });
  }

  /** The values of all ranks, those of rank 0 first. */
  allGather(values: Float32Array): Promise<Float32Array> {
    return this.#inTurn(true, async () => (await this.#gather(values, this.#handles.float)).all);
  }

  /** The texts of all ranks, that of rank 0 first. */
  async gatherTexts(text: string): Promise<string[]> {
    const bytes = new TextEncoder().encode(text);
    const { all, lengths } = await this.#inTurn(true, () => this.#gather(bytes, this.#handles.byte));
    let end = 0;
    return lengths.map((length) => new TextDecoder().decode(all.subarray(end, end += length)));
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

  /**
   * Leaves the job in good order: waits for the other ranks, then ends MPI. Every rank must call it, and none of them has an
   * operation in flight.
   */
  async finish(): Promise<void> {
    if (!this.#isOpen) return;
    const { world } = this.#handles;
    await this.#inTurn(
      true,
      () => this.#start("MPI_Ibarrier", (mpi, request) => mpi.MPI_Ibarrier(world, request)),
    );
    this.#isOpen = false;
    checked(this.#mpi, "MPI_Finalize", this.#mpi.call.MPI_Finalize());
  }

  /** Ends the job: this process and, through the launcher, all others. Tell the user why before. */
  abort(exitCode = 1): void {
    this.#isOpen = false;
    this.#mpi.call.MPI_Abort(this.#handles.world, exitCode);
  }

  /** As {@linkcode finish} does. After an error call {@linkcode abort}, as other ranks may wait for what never comes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.finish();
  }

  get #handles(): Handles {
    return this.#mpi.handles;
  }

  async #gather<T extends Values>(values: T, type: Handle): Promise<{ all: T; lengths: number[] }> {
    const own = new Float64Array([values.length]);
    const lengths = new Float64Array(this.size);
    const eights = Array.from(lengths, () => 8);
    await this.#gatherPiece(
      new Uint8Array(own.buffer),
      new Uint8Array(lengths.buffer),
      eights,
      this.#handles.byte,
    );
    const starts = startsOf(lengths);
    const all = arrayLike(values, starts[this.size]);
    const step = Math.max(1, Math.floor(this.#most / this.size));
    const longest = Math.max(...lengths);
    for (let at = 0; at < longest; at += step) {
      const counts = Array.from(lengths, (length) => Math.min(step, Math.max(0, length - at)));
      const given = values.subarray(at, at + step) as T;
      if (longest <= step) {
        await this.#gatherPiece(given, all, counts, type);
        break;
      }
      const round = arrayLike(values, sum(counts));
      await this.#gatherPiece(given, round, counts, type);
      const from = startsOf(counts);
      counts.forEach((count, rank) =>
        all.set(round.subarray(from[rank], from[rank] + count), starts[rank] + at)
      );
    }
    return { all, lengths: [...lengths] };
  }

  #gatherPiece(given: Values, into: Values, counts: readonly number[], type: Handle): Promise<void> {
    const { world } = this.#handles;
    const [lengths, starts] = [Int32Array.from(counts), Int32Array.from(startsOf(counts))];
    return this.#start(
      "MPI_Iallgatherv",
      (mpi, request) =>
        mpi.MPI_Iallgatherv(given, given.length, type, into, lengths, starts, type, world, request),
      [given, into, lengths, starts],
    );
  }

  async #broadcast(bytes: Uint8Array): Promise<void> {
    const { world, byte } = this.#handles;
    await Promise.all(
      this.#pieces(bytes).map((piece) =>
        this.#start(
          "MPI_Ibcast",
          (mpi, request) => mpi.MPI_Ibcast(piece, piece.length, byte, 0, world, request),
          piece,
        )
      ),
    );
  }

  #pieces<T extends Values>(values: T): T[] {
    const count = Math.ceil(values.length / this.#most);
    return Array.from(
      { length: count },
      (_, i) => values.subarray(i * this.#most, (i + 1) * this.#most) as T,
    );
  }

  /** Starts an operation. @param kept Memory that it uses, which must live until it has ended. */
  #start(
    name: keyof MpiFunctions,
    begin: (mpi: MpiFunctions, request: BigUint64Array<ArrayBuffer>) => number,
    kept: unknown = null,
  ): Promise<void> {
    const mpi = this.#mpi;
    const request = new BigUint64Array(1);
    checked(mpi, name, begin(mpi.call, request));
    const done = new Int32Array(1);
    return this.#inFlight.add(() => {
      checked(mpi, name, mpi.call.MPI_Test(request, done, mpi.handles.statusIgnore));
      return done[0] !== 0;
    }, kept);
  }

  /**
   * Begins after operations that keep others waiting.
   *
   * @param isLong True to keep the next ones waiting: the operation starts several of MPI, one after the other.
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

/** The places where pieces of these lengths begin, one behind the other, and the end of the last. */
function startsOf(lengths: ArrayLike<number>): number[] {
  const starts = [0];
  for (let i = 0; i < lengths.length; i++) starts.push(starts[i] + lengths[i]);
  return starts;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function arrayLike<T extends Values>(values: T, length: number): T {
  return (values instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length)) as T;
}
