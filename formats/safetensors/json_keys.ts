/**
 * The first key that occurs twice in one object of a JSON text, or null. `JSON.parse` silently keeps the last value.
 *
 * @param json Text that `JSON.parse` accepts.
 */
export function duplicateKey(json: string): string | null {
  const open: (Set<string> | null)[] = []; // the keys of every open object, null for an array
  for (const [token, text, colon] of json.matchAll(/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (colon) {
      const key: string = JSON.parse(text);
      const keys = open.at(-1)!;
      if (keys!.has(key)) return key;
      keys!.add(key);
    }
  }
  return null;
}
