// The package @denosaurs/plug, which fetches native libraries. Deno looks for the packages of all modules that it can see before
// it runs a program, so fetched_library.ts loads this one in a way that Deno cannot see: commands start without asking jsr.io.

/** Fetches a file into a folder. @returns The file's path. */
export async function download(options: { url: string; location: string }): Promise<string> {
  const plug = await import("@denosaurs/plug");
  return await plug.download(options);
}
