import { InFlight } from "./in_flight.ts";
import type { Mpi, MpiFunctions } from "./mpi.ts";
import { checked } from "./mpi_error.ts";

/** Most bytes of an operation that needs no barrier to tell that all ranks have come. */
const SHORT = 2 ** 16;

/** Bytes that MPI moves in a millisecond over a slow network. */
const SLOW = 50_000;

/** The place of an operation's handle: an address in Open MPI, a number of 32 bits in MPICH. */
export type Request = BigUint64Array<ArrayBuffer>;

/** An operation of MPI that does not block, or the part of one that MPI takes in one call. */
export interface Part {
  /** Calls MPI. @returns The code of an error. */
  begin(mpi: MpiFunctions, request: Request): number;
  /** Bytes that it moves, the same number in all ranks. */
  bytes: number;
  /** Memory that it uses, which must live until it has ended. */
  kept: unknown;
}

/** Starts operations of MPI that do not block, and tells when they have ended. */
export class Operations {
  readonly #inFlight = new InFlight();
  readonly #mpi: Mpi;

  constructor(mpi: Mpi) {
    this.#mpi = mpi;
  }

  /** Seconds in which this process waited for others and had nothing else to do. */
  get waited(): number {
    return this.#inFlight.waited;
  }

  /**
   * Starts the parts of an operation. Before long ones goes a barrier, which ends when all ranks have come: from then on data
   * move, and it is worth looking without rest.
   *
   * @param name The function of MPI. @returns Settled when all parts have ended.
   */
  async start(name: keyof MpiFunctions, parts: readonly Part[]): Promise<void> {
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    const barrier = bytes > SHORT ? [this.#begin("MPI_Ibarrier", this.#barrier)] : [];
    await Promise.all([...barrier, ...parts.map((part) => this.#begin(name, part))]);
  }

  /** Ends when all ranks have come. */
  barrier(): Promise<void> {
    return this.start("MPI_Ibarrier", [this.#barrier]);
  }

  get #barrier(): Part {
    const { world } = this.#mpi.handles;
    return { begin: (mpi, request) => mpi.MPI_Ibarrier(world, request), bytes: 0, kept: null };
  }

  #begin(name: keyof MpiFunctions, { begin, bytes, kept }: Part): Promise<void> {
    const { call, handles: { statusIgnore } } = this.#mpi;
    const [request, done]: [Request, Int32Array] = [new BigUint64Array(1), new Int32Array(1)];
    checked(this.#mpi, name, begin(call, request));
    return this.#inFlight.add({
      isDone: () => {
        checked(this.#mpi, name, call.MPI_Test(request, done, statusIgnore));
        return done[0] !== 0;
      },
      patience: 1 + bytes / SLOW,
      kept,
    });
  }
}
