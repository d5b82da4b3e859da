import type { Communicator } from "../../../engine/mod.ts";

/** What the ranks of one call gave, and the promises of what each gets. */
interface Meeting {
  name: string;
  given: (Float32Array | Uint8Array)[];
  came: number;
  done: PromiseWithResolvers<void>;
}

/**
 * Communicators of one process: the ranks of a job, without MPI. Sums go in the order of the ranks. A rank that calls another
 * method than the ranks before it, or gives another number of values to add up, makes the call fail in all of them.
 *
 * @param size Number of ranks.
 */
export function inProcess(size: number): Communicator[] {
  const meetings: Meeting[] = [];
  return Array.from({ length: size }, (_, rank) => {
    let calls = 0;
    const meet = async (name: string, values: Float32Array | Uint8Array) => {
      const meeting = meetings[calls++] ??= { name, given: [], came: 0, done: Promise.withResolvers() };
      if (meeting.name !== name) {
        meeting.done.reject(new Error(`rank ${rank} calls ${name} where others call ${meeting.name}`));
      }
      meeting.given[rank] = values.slice();
      if (++meeting.came === size) meeting.done.resolve();
      await meeting.done.promise;
      return meeting.given;
    };
    return {
      rank,
      size,
      allReduce: async (values) => {
        const given = await meet("allReduce", values);
        if (given.some(({ length }) => length !== values.length)) {
          throw new Error(`ranks add up ${given.map(({ length }) => length).join(", ")} values`);
        }
        values.set(given[0]);
        for (const more of given.slice(1)) for (let i = 0; i < values.length; i++) values[i] += more[i];
      },
      allGather: async (values) => {
        const given = await meet("allGather", values) as Float32Array[];
        return Float32Array.from(given.flatMap((part) => [...part]));
      },
      broadcast: async (bytes) => (await meet("broadcast", bytes))[0].slice() as Uint8Array,
    };
  });
}
