import { ImageError } from "./image_error.ts";

/**
 * Seconds that the decoding of an image may take. The slowest image of the largest size allowed, an AVIF of 100 million
 * pixels, takes 20 s on one core; slow or busy machines get six times as long.
 */
export const DECODE_SECONDS = 120;

/** Abandoned decodes of this thread that still run: nothing can end a native decoder from outside. */
const running = new Set<Promise<unknown>>();

/**
 * The result of a decode, unless it takes too long.
 *
 * @param what Name of the image in the message.
 * @throws {ImageError} after `seconds`; the decode is abandoned and runs on, see {@linkcode abandonedDecodes}.
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

/** Resolves when all abandoned decodes of this thread have ended; null when no abandoned decode runs. */
export function abandonedDecodes(): Promise<unknown> | null {
  return running.size > 0 ? Promise.all(running) : null;
}
