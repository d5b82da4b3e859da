/** An image file that cannot be decoded; the message says why, whoever knows the path adds it. */
export class ImageError extends Error {
  /** Always `ImageError`. */
  override readonly name: string = "ImageError";
}
