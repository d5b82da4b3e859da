/** A data file that is not there; the message says what was looked for and where to get it. */
export class MissingDataError extends Error {
  /** Always `MissingDataError`. */
  override readonly name: string = "MissingDataError";
}

/** A data file whose checksum is not the one published for its name. */
export class ChecksumError extends Error {
  /** Always `ChecksumError`. */
  override readonly name: string = "ChecksumError";
}

/** An image of a set that cannot be read or decoded. */
export interface BrokenImage {
  /** Its place in the set. */
  index: number;
  /** Its file; where a file has several images, the number of the image too. */
  path: string;
  /** The reason, in words. */
  cause: string;
}

/** More images are broken than a run may skip. */
export class BrokenImagesError extends Error {
  /** Always `BrokenImagesError`. */
  override readonly name: string = "BrokenImagesError";

  /** Names the first broken images. @param images Those found so far. @param most Most that a run may skip. */
  constructor(readonly images: readonly BrokenImage[], most: number) {
    const first = images.slice(0, 5).map(({ path, cause }) => `${path}: ${cause}`).join("; ");
    const rest = images.length > 5 ? ` and ${images.length - 5} more` : "";
    super(
      `Cannot read the images: it takes at most ${most} broken ones (data.maxBroken), current are ${images.length} so ` +
        `far: ${first}${rest}`,
    );
  }
}
