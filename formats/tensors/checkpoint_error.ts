/** A file cannot be read as a checkpoint, or its tensors do not fit the network. */
export class CheckpointError extends Error {
  /** `CheckpointError`, as `Error` prints it. */
  override readonly name: string = "CheckpointError";
}

/**
 * The first names, and the number of further names.
 *
 * @example `a, b, c and 12 more`
 */
export function firstOf(names: readonly string[], limit = 10): string {
  const more = names.length - limit;
  return names.slice(0, limit).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
