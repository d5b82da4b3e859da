import type { Communicator } from "../../engine/mod.ts";
import { slowRank } from "./pace.ts";
import { type Order, packOrder, type SetName } from "./orders.ts";
import { Share } from "./share.ts";

/** Processes that were started together. */
export interface Processes extends Communicator, AsyncDisposable {
  /** Name of each rank's host. */
  readonly hosts: readonly string[];
  /** Seconds in which this process waited for the others and had nothing else to do. */
  readonly waited: number;
  /** The texts of all ranks, that of rank 0 first. */
  gatherTexts(text: string): Promise<string[]>;
  /** Ends all of them at once. @param exitCode Exit code of the job; by default 1. */
  abort(exitCode?: number): void;
}

/** The processes of a run as its leader, rank 0, has them: the leader runs the command, the others follow its orders. */
export class Team {
  /** The division of batches. */
  readonly share: Share;
  /** True amid work that all do together: the others wait for this process's part of it, not for orders. */
  #isAmid = false;
  /** True once a slow rank was named. */
  #toldSlow = false;
  /** Names of the sets that all processes have. */
  readonly #names = new Map<object, SetName>();

  constructor(readonly communicator: Processes) {
    this.share = new Share(communicator, (take) => this.during({ kind: "step" }, take));
  }

  /** The processes, in words. */
  get words(): string {
    const { hosts: all } = this.communicator;
    const counts = Map.groupBy(all, (host) => host);
    const hosts = [...counts].map(([host, { length }]) => `${length} on ${host}`);
    return `Computing in ${all.length} processes: ${hosts.join(", ")}; a batch is divided among them`;
  }

  /** True where work that all do together is under way, or failed in this process. */
  get isAmid(): boolean {
    return this.#isAmid;
  }

  /** Orders work that all do together, and does this process's part. @param state Values beside the order. */
  async during(
    order: Order,
    work: () => Promise<void>,
    state?: ReadonlyMap<string, Float32Array>,
  ): Promise<void> {
    await this.order(order, state);
    this.#isAmid = true;
    await work();
    this.#isAmid = false;
  }

  /** Gives an order to all others. @param state Values beside it. */
  async order(order: Order, state?: ReadonlyMap<string, Float32Array>): Promise<void> {
    await this.communicator.broadcast(packOrder(order, state));
  }

  /**
   * Names the rank that the others wait for, once.
   *
   * @param busy Seconds for which each rank computed. @returns A sentence; null where all are about as fast.
   */
  slowWords(busy: Float32Array): string | null {
    const words = this.#toldSlow ? null : slowRank(busy, this.communicator.hosts);
    this.#toldSlow ||= words !== null;
    return words;
  }

  /** Tells the sets of the run's images, which all others have too. */
  know(sets: Readonly<Record<SetName, object | null>>): void {
    for (const [name, set] of Object.entries(sets)) if (set) this.#names.set(set, name as SetName);
  }

  /** The name of a set that all others have; undefined for another set. */
  nameOf(set: object): SetName | undefined {
    return this.#names.get(set);
  }
}
