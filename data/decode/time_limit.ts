import { ImageError } from "./image_error.ts";

/**
 * Seconds that the decoding of an image may take. The slowest that is not refused by its size, an AVIF of 100 million
 * pixels, takes 20 on one core; six times as many are left for machines that are slow or busy.
 */
export const DECODE_SECONDS = 120;

/** Decodes of this thread that were given up and go on all the same: nothing can end a native decoder from outside. */
const running = new Set<Promise<unknown>>();

/**
 * What a decode comes to, unless it takes too long.
 *
 * @param what What is decoded, for the message.
 * @throws {ImageError} after `seconds`; the decode is left to itself, see {@linkcode abandonedDecodes}.
 */
export async function withinTime<T>(
  decoding: Promise<T>,
  what: string,
  seconds: number = DECODE_SECONDS,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const left = decoding.catch(() => {}).finally(() => running.delete(left));
      running.add(left);
      reject(
        new ImageError(
          `Cannot decode an image: it takes ${seconds} seconds at most, current ${what} are not done by then: the ` +
            "decoder hangs or crawls at this file, convert it to PNG or leave it out",
        ),
      );
    }, seconds * 1000);
  });
  try {
    return await Promise.race([decoding, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The decodes that were given up and are still going on; null when there are none. */
export function abandonedDecodes(): Promise<unknown> | null {
  return running.size > 0 ? Promise.all(running) : null;
}
