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
