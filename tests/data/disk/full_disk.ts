// A disk that is full from some write on, for a test.

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
