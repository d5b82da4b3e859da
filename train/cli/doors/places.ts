import { basename, dirname, join, resolve } from "node:path";

/** Tells whether a path leads somewhere. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Tells whether a path leads to a folder. */
export function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** The absolute path without symbolic links as far as there are files; below that as it is. */
export function realOf(path: string): string {
  const whole = resolve(path);
  try {
    return Deno.realPathSync(whole);
  } catch {
    const folder = dirname(whole);
    return folder === whole ? whole : join(realOf(folder), basename(whole));
  }
}

/** The folders, without symbolic links, to which links in a folder lead, and those to which links in these lead. */
export function linked(folder: string, seen: Set<string> = new Set()): string[] {
  const real = realOf(folder);
  if (seen.has(real) || !isFolder(real)) return [];
  seen.add(real);
  return entriesOf(real).flatMap(({ name, isDirectory, isSymlink }) => {
    const path = join(real, name);
    if (isDirectory) return linked(path, seen);
    return isSymlink && isFolder(path) ? [realOf(path), ...linked(path, seen)] : [];
  });
}

function entriesOf(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch {
    return []; // the program tells of a folder that cannot be read
  }
}
