/** The holdings of a program and its rate at a moment. */
export interface Sample {
  /** Seconds since the start. */
  at: number;
  /** Bytes of resident memory. */
  resident: number;
  /** Bytes of device memory, by the engine's account. */
  device: number;
  /** Open file handles; null where the system does not tell. */
  handles: number | null;
  /** Rounds of work a second since the sample before. */
  perSecond: number;
  /** Rounds a second of processor time; null where the system does not tell. */
  perProcessorSecond: number | null;
}

/** Share of the time in which caches fill, which is not judged. */
export const WARM_UP = 0.25;

/** Samples that are judged at least. */
const FEWEST = 9;

/** Memory may grow by this share. */
const MORE_MEMORY = 0.02;

/** Throughput may fall by this share. */
const LESS_THROUGHPUT = 0.1;

/**
 * Judges whether a program stays level: it compares the median of the last third of the samples behind the warm-up with that
 * of the first third. Memory may grow by 2 %, file handles have to be equal, throughput may fall by 10 %. Other programs take
 * from the rounds a second, so throughput counts as fallen only where the rounds of a second of processor time fell too,
 * if the system tells processor time and the processor does the work.
 *
 * @param onProcessor True if the processor does the device's work.
 * @returns null where all is level, otherwise a sentence on what is not.
 * @throws {RangeError} when there are too few samples to judge.
 */
export function faultOf(samples: readonly Sample[], onProcessor: boolean): string | null {
  const warm = samples.filter(({ at }) => at >= WARM_UP * (samples.at(-1)?.at ?? 0));
  if (warm.length < FEWEST) {
    throw new RangeError(
      `Cannot judge a soak: it takes ${FEWEST} samples behind the warm-up, current are ${warm.length}: run it longer`,
    );
  }
  const third = Math.floor(warm.length / 3);
  const ends = (valueOf: (sample: Sample) => number | null): [number, number] | null => {
    const values = warm.map(valueOf).filter((value) => value !== null);
    if (values.length < warm.length) return null;
    return [median(values.slice(0, third)), median(values.slice(-third))];
  };
  for (const [what, key] of [["resident memory", "resident"], ["device memory", "device"]] as const) {
    const [first, last] = ends((sample) => sample[key])!;
    if (last > (1 + MORE_MEMORY) * first) {
      return `The ${what} grew from ${mebibytes(first)} to ${mebibytes(last)}, by more than 2 %`;
    }
  }
  const handles = ends((sample) => sample.handles);
  if (handles && handles[0] !== handles[1]) {
    return `The open file handles went from ${handles[0]} to ${handles[1]}`;
  }
  const clock = ends((sample) => sample.perSecond)!;
  const processor = onProcessor ? ends((sample) => sample.perProcessorSecond) : null;
  const fell = ([first, last]: [number, number]) => last < (1 - LESS_THROUGHPUT) * first;
  if (fell(clock) && (processor === null || fell(processor))) {
    return `The throughput fell from ${clock[0].toFixed(2)} to ${
      clock[1].toFixed(2)
    } rounds a second, by more than 10 %`;
  }
  return null;
}

/** The middle value; the mean of both where two are in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
