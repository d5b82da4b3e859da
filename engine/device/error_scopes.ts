/** Whatever a GPU may refuse. */
const SCOPES: readonly GPUErrorFilter[] = ["internal", "out-of-memory", "validation"];

/**
 * Makes something of GPU objects, and waits for their validation.
 *
 * @returns The thing made, and its error; null without one. Where there are several, want of memory comes first.
 */
export async function inErrorScopes<T>(
  gpu: GPUDevice,
  make: () => T,
): Promise<{ made: T; error: GPUError | null }> {
  for (const filter of SCOPES) gpu.pushErrorScope(filter);
  let made: T;
  let errors: (GPUError | null)[] = [];
  try {
    made = make();
  } finally {
    // A scope left open would swallow every later error.
    errors = await Promise.all(SCOPES.map(() => gpu.popErrorScope().catch(() => null)));
  }
  const error = errors.find((error) => error instanceof GPUOutOfMemoryError) ??
    errors.find((error) => error !== null) ?? null;
  return { made, error };
}
