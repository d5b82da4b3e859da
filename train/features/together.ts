// A pass over images by several processes. The pass is cut into chunks, the first of which is rank 0's, the next rank 1's
// and so on. After each round, a chunk of every rank, the leader has the rows of all in the set's order, and tells whether
// the pass goes on. The next round is computed meanwhile.
import type { BrokenImage, ImageSet } from "../../data/mod.ts";
import { BrokenOfAll } from "../team/broken.ts";
import type { Extract } from "../team/orders.ts";
import { Pace } from "../team/pace.ts";
import type { Processes, Team } from "../team/team.ts";
import type { Pass } from "./pass.ts";
import { range, type RowSink } from "./rows.ts";

/** Runs images through a backbone. */
interface Backbone {
  /** Values of a row. */
  readonly width: number;
  /** The values that rows depend on. */
  weights(): Promise<ReadonlyMap<string, Float32Array>>;
  through(
    set: ImageSet,
    pass: Pass,
    sink: RowSink,
    order: Uint32Array,
    options: { signal: AbortSignal; whole: number },
  ): Promise<void>;
}

/** A rank's part of a pass. */
interface Chunks {
  /** Places of its images. */
  samples: Uint32Array;
  /** Images of each of its chunks; 0 for a round that has none for it. */
  sizes: number[];
}

/** The leader's side of a pass. */
interface Led {
  set: ImageSet;
  /** Gets the rows of all ranks, in the set's order. */
  sink: RowSink;
  signal: AbortSignal;
  /** Hears which rank the others wait for. */
  tell(sentence: string): void;
  /** Hears of the broken images of all ranks, of some more than once. */
  onBroken(image: BrokenImage): void;
}

/**
 * Computes a pass as the leader: orders it, computes own chunks, and hands on the rows of all.
 *
 * @throws {Interrupted} when the signal is aborted; the sink has the rows of whole rounds.
 * @throws {BrokenImagesError} when the images of all ranks have more broken ones than the set allows.
 */
export async function extractTogether(
  team: Team,
  extractor: Backbone,
  { set, sink, signal, tell, onBroken }: Led,
  order: Extract,
): Promise<void> {
  const { communicator } = team;
  const width = extractor.width;
  let at = order.from;
  await team.during(order, async () => {
    const pace = new Pace(communicator);
    const broken = new BrokenOfAll(communicator, set, onBroken);
    await takeChunks(communicator, extractor, set, order, broken, async (rows) => {
      const all = await communicator.allGather(rows);
      await broken.add();
      const count = all.length / width;
      await sink.put(range(at, at + count), all);
      at += count;
      const goesOn = at < order.to && !signal.aborted;
      await communicator.broadcast(Uint8Array.of(Number(goesOn)));
      return goesOn;
    });
    const words = team.slowWords(await pace.busy());
    if (words) tell(words);
  }, await extractor.weights());
  if (at < order.to) signal.throwIfAborted();
}

/** Computes the chunks of another rank than the leader's. */
export async function assist(
  communicator: Processes,
  extractor: Backbone,
  set: ImageSet,
  order: Extract,
): Promise<void> {
  const pace = new Pace(communicator);
  const broken = new BrokenOfAll(communicator, set);
  await takeChunks(communicator, extractor, set, order, broken, async (rows) => {
    await communicator.allGather(rows);
    await broken.add();
    return (await communicator.broadcast(new Uint8Array()))[0] === 1;
  });
  await pace.busy();
}

/** Computes the chunks of a rank. @param exchange Gives the rows of a chunk to the leader, and tells whether to go on. */
async function takeChunks(
  { rank, size }: Processes,
  extractor: Backbone,
  set: ImageSet,
  order: Extract,
  broken: BrokenOfAll,
  exchange: (rows: Float32Array) => Promise<boolean>,
): Promise<void> {
  const { samples, sizes } = chunksOf(order, rank, size);
  const stop = new AbortController();
  const { width } = extractor;
  const pending = sizes.values();
  let [chunk, filled] = [new Float32Array(pending.next().value! * width), 0];
  const put = async (_: Uint32Array, rows: Float32Array) => {
    for (let from = 0; from < rows.length && !stop.signal.aborted;) {
      const part = rows.subarray(from, from + chunk.length - filled);
      chunk.set(part, filled);
      [from, filled] = [from + part.length, filled + part.length];
      if (filled === chunk.length) await hand();
    }
  };
  // A chunk is on its way while the next is computed; what the leader says of one chunk holds from the next but one on.
  let goesOn = Promise.resolve(true);
  const hand = async () => {
    if (!await goesOn) return stop.abort(STOPPED);
    goesOn = exchange(chunk);
    goesOn.catch(() => {}); // whoever waits for it hears of it
    [chunk, filled] = [new Float32Array((pending.next().value ?? 0) * width), 0];
  };
  const onBroken = (image: BrokenImage) => broken.hear(image);
  const pass = { ...order.pass, statistics: "frozen", onBroken } as const;
  try {
    const options = { signal: stop.signal, whole: order.to - order.from };
    if (samples.length > 0) await extractor.through(set, pass, { put }, samples, options);
    for (let round = rounds(sizes); round < sizes.length && !stop.signal.aborted; round++) await hand();
  } catch (error) {
    if (error !== STOPPED) throw error;
  }
  await goesOn;
}

/** The reason for which the leader ends a pass. */
const STOPPED = new Error("The leader ended the pass");

/** Rounds in which a rank has images. */
const rounds = (sizes: readonly number[]) => sizes.filter((count) => count > 0).length;

/** The chunks of a rank. */
function chunksOf({ from, to, rows }: Extract, rank: number, ranks: number): Chunks {
  const count = Math.ceil((to - from) / rows / ranks);
  const parts = Array.from({ length: count }, (_, round) => {
    const begin = Math.min(to, from + (round * ranks + rank) * rows);
    return range(begin, Math.min(to, begin + rows));
  });
  const samples = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (samples.set(part, at), at + part.length), 0);
  return { samples, sizes: parts.map(({ length }) => length) };
}
