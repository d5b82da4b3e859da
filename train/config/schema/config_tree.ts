/** A part of a config as it is read, before the schema sees it. */
export type Tree = { [key: string]: unknown };

/** Tells whether a value has keys of its own. */
export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Merges two trees key by key; values of the second replace those of the base. */
export function merge(base: Tree, over: Tree): Tree {
  const result = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = result[key];
    result[key] = isTree(old) && isTree(value) ? merge(old, value) : value;
  }
  return result;
}

/** Makes a tree with a single value at a path. */
export function nested(path: readonly string[], value: unknown): Tree {
  return path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value) as Tree;
}

/** Finds the value at a path; undefined where the path leads nowhere. */
export function valueAt(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, part) => (inner as Record<string, unknown> | null)?.[part], tree);
}
