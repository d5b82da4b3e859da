/**
 * Gives way to the messages and signals that came amid work that never waits, and goes on.
 *
 * @throws The signal's reason once it is aborted.
 */
export async function turn(signal?: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  signal?.throwIfAborted();
}
