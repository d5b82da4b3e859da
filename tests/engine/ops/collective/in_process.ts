import type { Communicator } from "../../../../engine/graph/communicator.ts";

/** A call that ranks come to one by one. */
interface Meeting {
  readonly kind: string;
  readonly given: (Float32Array | Uint8Array | string)[];
  count: number;
  readonly done: PromiseWithResolvers<void>;
}

/** A rank of `inProcess`. */
export interface RankInProcess extends Communicator {
  /** The texts of all ranks. */
  gatherTexts(text: string): Promise<string[]>;
}

/** Communicators of so many ranks that meet in this process. A rank that comes to another call than the others ends all. */
export function inProcess(size: number): RankInProcess[] {
  const meetings: Meeting[] = [];
  const met = Array.from({ length: size }, () => 0);
  const meet = async <T extends Float32Array | Uint8Array | string>(
    rank: number,
    kind: string,
    own: T,
  ): Promise<T[]> => {
    const number = met[rank]++;
    const meeting = meetings[number] ??= { kind, given: [], count: 0, done: Promise.withResolvers<void>() };
    if (meeting.kind !== kind) {
      meeting.done.reject(new Error(`rank ${rank} comes to ${kind}, others to ${meeting.kind}`));
    }
    meeting.given[rank] = own.slice();
    if (++meeting.count === size) meeting.done.resolve();
    await meeting.done.promise;
    return meeting.given as T[];
  };
  return met.map((_, rank) => ({
    rank,
    size,
    async allReduce(values) {
      const all = await meet(rank, `allReduce of ${values.length}`, values);
      values.set(all[0]);
      for (const other of all.slice(1)) other.forEach((value, i) => values[i] += value);
    },
    async allGather(values) {
      const all = await meet(rank, "allGather", values);
      return Float32Array.from(all.flatMap((own) => [...own]));
    },
    gatherTexts: (text) => meet(rank, "gatherTexts", text),
    async broadcast(bytes) {
      return (await meet(rank, "broadcast", bytes))[0];
    },
  }));
}
