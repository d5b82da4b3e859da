// Large data that is not part of the repository: a folder `shared` beside it. Tests that need it are ignored by name
// where it is missing:
//
//   Deno.test({ name: "… (needs ../shared)", ignore: sharedData === null, fn })

/** The folder of data sets, or null. */
export const sharedData: string | null = folder("../../shared/data");

/** The folder of published checkpoints, or null. */
export const sharedCheckpoints: string | null = folder("../../shared/checkpoints");

function folder(path: string): string | null {
  const { pathname } = new URL(path, import.meta.url);
  try {
    return Deno.statSync(pathname).isDirectory ? decodeURIComponent(pathname) : null;
  } catch {
    return null;
  }
}
