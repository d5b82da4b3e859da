import { globToRegExp } from "@std/path";
import { join, resolve, sep } from "node:path";

/** Tells whether a word is a pattern. */
export function isPattern(word: string): boolean {
  return /[*?[{]/.test(word);
}

/**
 * Finds the files and folders that a pattern matches, such as `photos/*.jpg` or, at any depth, `photos/**\/*.jpg`; hidden
 * ones are left out.
 *
 * @param folder The folder that the pattern is meant from.
 * @returns Their paths as the pattern would name them, sorted by code unit; with `**` files alone.
 */
export async function matching(pattern: string, folder: string): Promise<string[]> {
  const parts = (sep === "\\" ? pattern.replaceAll("\\", "/") : pattern).split("/");
  const first = parts.findIndex(isPattern);
  const base = parts.slice(0, first).join("/") || (pattern.startsWith("/") ? "/" : "");
  const rest = parts.slice(first);
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
