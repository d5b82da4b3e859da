/** A part of a config as it is read, before the schema sees it. */
export type Tree = { [key: string]: unknown };

/** Whether a value has keys of its own. */
export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** The base with everything that the other tree has put over it, key by key. */
export function merge(base: Tree, over: Tree): Tree {
  const result = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = result[key];
    result[key] = isTree(old) && isTree(value) ? merge(old, value) : value;
  }
  return result;
}

/** A tree with nothing but a value at a path. */
export function nested(path: readonly string[], value: unknown): Tree {
  return path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), value) as Tree;
}

/** The value at a path; undefined where it leads to none. */
export function valueAt(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, part) => (inner as Record<string, unknown> | null)?.[part], tree);
}
