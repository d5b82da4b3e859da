/**
 * The hint for llvmpipe where it may not use all of the processor's vectors. The driver reads the variable when the process
 * starts, so that no program can set it for itself; that the processor has AVX-512, Deno does not tell; and which
 * width is faster differs from processor to processor.
 *
 * @param adapter The adapter's name. @returns Null where the hint does not apply.
 */
export function wideVectors(adapter: string): string | null {
  if (!/llvmpipe.*\b256 bits/.test(adapter)) return null;
  return "the adapter computes 256 bits at once: on a processor with AVX-512, compare the rate of matrix products with " +
    "that of LP_NATIVE_VECTOR_WIDTH=512 deno task doctor, and set the variable for all runs where it is higher";
}
