/** Writes a count with commas: `1,000`. */
export function counted(count: number): string {
  return count.toLocaleString("en");
}

/** Writes a count with its noun: `1 image`, `1,000 images`. @param more The plural, where it has more than an s. */
export function plural(count: number, one: string, more = `${one}s`): string {
  return `${counted(count)} ${count === 1 ? one : more}`;
}
