/** Writes a text to stderr unchanged. */
export function writeToStderr(text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  } catch {
    // The terminal was closed: the run continues, or stops as after Ctrl-C.
  }
}
