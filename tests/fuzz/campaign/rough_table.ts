// A table of one format for the campaign's own test: its files hang, end their thread or leave an error unheard.
import type { Format } from "../format.ts";

/** The ways in which a file of {@linkcode openFormat} ends. */
export const WAYS = ["accepted", "refused", "hangs", "ends its thread", "is unheard"] as const;

/**
 * Opens a format of this name; `unopened` is not to be opened, and no file of `unmade` is to be made. Its files are empty, so
 * that no mutation changes how they end: as `make` has drawn.
 */
export function openFormat(name: string, _folder: string): Promise<Format> {
  if (name === "unopened") return Promise.reject(new Error("it has no format"));
  let way: typeof WAYS[number] = "accepted";
  return Promise.resolve({
    few: 0,
    many: 0,
    errors: [SyntaxError],
    make(draw) {
      if (name === "unmade") throw new Error("it has no file");
      way = draw.pick(draw.chance(0.97) ? WAYS.slice(0, 2) : WAYS);
      return { bytes: new Uint8Array(), value: way };
    },
    read: () => endBy(way),
  });
}

function endBy(way: typeof WAYS[number]): unknown {
  if (way === "refused") throw new SyntaxError("Cannot read a rough file: it takes another one");
  // Deno ends no thread amid a loop: it would go on beside all tests that follow. One that waits costs nothing.
  if (way === "hangs") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (way === "is unheard") Promise.reject(new Error("nobody hears this"));
  if (way === "ends its thread") {
    queueMicrotask(() => {
      throw new Error("nobody can catch this");
    });
  }
  return way;
}
