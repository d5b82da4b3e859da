// The repository's own text files, for tests that hold it to its rules.

/** The repository's folder, with a slash at its end. */
export const repository: string = decodeURIComponent(new URL("../", import.meta.url).pathname);

/** Folders that hold nothing of ours. */
const FOREIGN = new Set([".git", ".cache", "runs", "node_modules", "__pycache__"]);

const TEXT = /\.(ts|wgsl|css|json|lock|yaml|md|sh|py|html)$|^\.ci\/run$/;

/** Paths of all text files below the repository's folder, relative to it, in order. */
export function sourceFiles(folder = ""): string[] {
  const found: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(repository + folder)) {
    if (isDirectory && !FOREIGN.has(name)) found.push(...sourceFiles(`${folder}${name}/`));
    else if (!isDirectory && TEXT.test(folder + name)) found.push(folder + name);
  }
  return found.sort();
}

/** The text of a file by its path in the repository. */
export function textOf(path: string): string {
  return Deno.readTextFileSync(repository + path);
}

/** Code without the lines that are comments; examples in them are nobody's behaviour. */
export function withoutComments(code: string): string {
  return code.replace(/^\s*(\/\/|\/\*|\*).*$/gm, "");
}

/**
 * What a file imports, statically, dynamically or as a Worker: paths in the repository for what is written
 * relative to the file, else the name as written.
 */
export function importsOf(path: string, code: string): string[] {
  const plain = withoutComments(code);
  // `deno fmt` puts every static import at the beginning of a line.
  const statics = plain.matchAll(/^(?:import|export)\b(?:[^;"]*?\bfrom)?\s*"([^"]+)"/gm);
  const dynamics = plain.matchAll(/\bimport\(\s*["'`]([^"'`]+)["'`]/g);
  const workers = plain.matchAll(/\bnew URL\(\s*["'`]([^"'`]+)["'`]\s*,\s*import\.meta\.url/g);
  return [...statics, ...dynamics, ...workers].map(([, name]) => resolve(path, name));
}

function resolve(path: string, name: string): string {
  if (!name.startsWith(".")) return name;
  return new URL(name, `file:///${path}`).pathname.slice(1);
}
