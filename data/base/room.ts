/** Most bytes of the host's memory that one piece of work takes at a time. */
const MOST_HOST_BYTES = 32 * 2 ** 30;

/**
 * Makes something that takes much of the host's memory: more than {@linkcode MOST_HOST_BYTES} is refused before anything is
 * allocated, as systems often grant what they do not have and end the process later.
 *
 * @param task For the error: `load batches of 128 images`. @param remedy For the error: `lower batch`.
 * @param make Allocates it. @throws {RangeError} when that is too much, or the machine refuses it.
 *
 * @example
 * ```ts
 * import { withRoom } from "everyclass/data";
 * const rows = withRoom("keep the rows", 4 * 1000, "take fewer", () => new Float32Array(1000));
 * console.log(rows.length); // 1000
 * ```
 */
export function withRoom<T>(task: string, bytes: number, remedy: string, make: () => T): T {
  const size = `${(bytes / 2 ** 30).toPrecision(3)} GiB of the host's memory`;
  if (!(bytes <= MOST_HOST_BYTES)) {
    throw new RangeError(
      `Cannot ${task}: it takes at most ${
        MOST_HOST_BYTES / 2 ** 30
      } GiB, current ones take ${size}: ${remedy}`,
    );
  }
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RangeError(
      `Cannot ${task}: it takes ${size}, current machine does not give them: ${remedy}`,
      { cause },
    );
  }
}
