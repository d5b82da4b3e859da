import { globToRegExp } from "@std/path";
import { join, resolve, sep } from "node:path";

/** Tells whether a word is a pattern. */
export function isPattern(word: string): boolean {
  return /[*?[{]/.test(word);
}

/** The folder that a pattern begins in: `photos` of `photos/*.jpg`; empty where it begins with the pattern itself. */
export function patternBase(pattern: string): string {
  const parts = partsOf(pattern);
  return parts.slice(0, parts.findIndex(isPattern)).join("/") || (parts[0] === "" ? "/" : "");
}

/**
 * Finds the files and folders that a pattern matches, such as `photos/*.jpg` or, at any depth, `photos/**\/*.jpg`; hidden
 * ones are left out.
 *
 * @param folder The folder that the pattern is meant from.
 * @returns Their paths as the pattern would name them, sorted by code unit; with `**` files alone.
 */
export async function matching(pattern: string, folder: string): Promise<string[]> {
  const base = patternBase(pattern);
  const parts = partsOf(pattern);
  const rest = parts.slice(parts.findIndex(isPattern));
  const deep = rest.includes("**");
  const wanted = globToRegExp(rest.join("/"), { extended: true, globstar: true });
  const found: string[] = [];
  const walk = async (path: string, below: string, depth: number) => {
    const entries = await Array.fromAsync(Deno.readDir(path)).catch(() => []);
    for (const { name, isDirectory, isFile, isSymlink } of entries) {
      if (name.startsWith(".")) continue;
      const inner = below === "" ? name : `${below}/${name}`;
      const leads = isSymlink ? await Deno.stat(join(path, name)).catch(() => null) : null;
      const isFolder = isDirectory || !deep && (leads?.isDirectory ?? false); // `**` follows no link: it may lead round
      if ((isFile || leads?.isFile || isFolder && !deep) && wanted.test(inner)) found.push(join(base, inner));
      else if (isFolder && (deep || depth < rest.length)) await walk(join(path, name), inner, depth + 1);
    }
  };
  await walk(resolve(folder, base), "", 1);
  return found.sort();
}

function partsOf(pattern: string): string[] {
  return (sep === "\\" ? pattern.replaceAll("\\", "/") : pattern).split("/");
}
