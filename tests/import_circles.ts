import { importsOf, textOf } from "./source_files.ts";

/** Lists the imports of each file from the same files. */
export function importsAmong(paths: readonly string[], text: (path: string) => string = textOf) {
  const known = new Set(paths);
  const among = (path: string) => importsOf(path, text(path)).filter((name) => known.has(name));
  return new Map(paths.map((path) => [path, among(path)]));
}

/** Groups of files that all reach each other by imports, each group in order; a file that imports itself is one too. */
export function circlesIn(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const reached = new Map([...imports.keys()].map((path) => [path, reachedFrom(path, imports)]));
  const circles = new Map<string, string[]>();
  for (const [path, there] of reached) {
    if (!there.has(path)) continue;
    const circle = [...there].filter((other) => reached.get(other)!.has(path)).sort();
    circles.set(circle[0], circle);
  }
  return [...circles.values()].sort();
}

function reachedFrom(start: string, imports: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set<string>();
  const stack = [...imports.get(start)!];
  while (stack.length > 0) {
    const path = stack.pop()!;
    if (reached.has(path)) continue;
    reached.add(path);
    stack.push(...imports.get(path)!);
  }
  return reached;
}
