/** Tells whether the processor has AVX-512. Deno reads no file of /proc without all permissions, so that the user has to ask. */
const ASK = "grep -c avx512f /proc/cpuinfo prints 0";

/**
 * Advises on the width of llvmpipe's vectors, which the driver reads from the environment when the first adapter is asked
 * for. Without AVX-512 nearly all shapes of a network are slower by 512 bits (`bench/notes/adapter.md`); with it, which width
 * is faster differs from processor to processor.
 *
 * @param adapter The adapter's name. @returns Null where the adapter is not llvmpipe.
 */
export function wideVectors(adapter: string): string | null {
  const width = /llvmpipe.*\b(256|512) bits/.exec(adapter)?.[1];
  if (width === undefined) return null;
  return width === "256"
    ? `256 bits at once are best without AVX-512 (${ASK}); with it, compare both rates above with those of ` +
      "LP_NATIVE_VECTOR_WIDTH=512 deno task doctor, and set the variable for all runs where they are higher"
    : `512 bits at once are slower than 256 without AVX-512 (${ASK}): there, unset LP_NATIVE_VECTOR_WIDTH`;
}
