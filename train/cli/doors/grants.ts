import { dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "../../machine/cache.ts";
import type { Needs } from "./needs.ts";
import { realOf } from "./places.ts";

/** The repository, whose own code and configs every command reads: Workers and parts of the program load as they are used. */
const HOME = fileURLToPath(new URL("../../../", import.meta.url));
const OWN = ["configs", "data", "engine", "formats", "shaders", "std", "train", "deno.json"];

/** The file by which sharp tells which C library the system has, to take its native files for that. */
const SYSTEM = Deno.build.os === "linux" ? ["/usr/bin/ldd"] : [];

/**
 * The permissions of a Worker: what the command needs, and never more than this process has. Who starts the program by hand
 * with less keeps it so.
 *
 * @param folder Folder for what is fetched and computed once; replaced in tests.
 */
export function grantsOf(
  { read, write, usesCache, encoded, libraries, fetches }: Needs,
  folder: string = cacheFolder,
): Deno.PermissionOptionsObject {
  const cache = usesCache ? [folder, realOf(folder)] : [];
  const packages = encoded ? [libraryFolder()] : [];
  const readable = [
    ...OWN.map((name) => join(HOME, name)),
    ...cache,
    ...write,
    ...read,
    ...encoded ? SYSTEM : [],
  ];
  const granted = (name: "read" | "write" | "ffi", paths: readonly string[]) =>
    [...new Set(paths.map((path) => resolve(path)))]
      .filter((path) => Deno.permissions.querySync({ name, path }).state === "granted");
  return {
    read: granted("read", readable),
    write: granted("write", [...cache, ...write]),
    ffi: granted("ffi", [...packages, ...libraries]),
    net: fetches ? "inherit" : false,
    env: "inherit",
    sys: "inherit",
    run: false,
    import: false,
  };
}

/** The folder with the native files of sharp, in the packages that Deno keeps. */
function libraryFolder(): string {
  const main = fileURLToPath(import.meta.resolve("sharp"));
  // .deno/sharp@1.0.0/node_modules/sharp stands beside .deno/@img+…@1.0.0; elsewhere sharp stands beside @img.
  const at = main.indexOf(`${sep}.deno${sep}`);
  if (at >= 0) return main.slice(0, at + 6);
  const scope = main.lastIndexOf(`${sep}sharp${sep}`);
  return join(scope < 0 ? dirname(main) : main.slice(0, scope), "@img");
}
