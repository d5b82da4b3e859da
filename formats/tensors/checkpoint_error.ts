/** A file cannot be read as a checkpoint, or its tensors do not fit the network. */
export class CheckpointError extends Error {
  /** `CheckpointError`, as `Error` prints it. */
  override readonly name: string = "CheckpointError";

  /** Makes an error. @param message Cut short where names of the file make it longer than a screen. @param options Its cause. */
  constructor(message: string, options?: ErrorOptions) {
    super(shortened(message), options);
  }
}

/** Most letters of a message. */
const LETTERS = 2000;

/** A text without its middle, where it is longer than a message may be. */
function shortened(text: string): string {
  const half = LETTERS / 2;
  return text.length <= LETTERS ? text : `${text.slice(0, half)} … ${text.slice(-half)}`;
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
