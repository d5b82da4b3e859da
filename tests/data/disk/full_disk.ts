// A disk that is full from some write on, for a test, and a wait for room that takes no time.

import { PATIENCE, type Patience } from "../../../data/disk/mod.ts";

/** The patience of every command, by a clock that each sleep moves on. @param asleep Called in each sleep, with its number. */
export function timeless(asleep: (n: number) => void = () => {}): Patience & { ms: number } {
  let sleeps = 0;
  const patience = {
    ...PATIENCE,
    ms: 0,
    sleep: (ms: number) => {
      patience.ms += ms;
      asleep(++sleeps);
      return Promise.resolve();
    },
  };
  return patience;
}

/** Runs a function while no write to files of these paths is done any more. @param full Tells it of a path. */
export async function withFullDisk<T>(full: (path: string) => boolean, run: () => Promise<T>): Promise<T> {
  const { open } = Deno;
  Deno.open = async (path, options) => {
    const file = await open(path, options);
    if (options?.write && full(String(path))) {
      file.write = () => Promise.reject(new Error("No space left on device (os error 28)"));
    }
    return file;
  };
  try {
    return await run();
  } finally {
    Deno.open = open;
  }
}
