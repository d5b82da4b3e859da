/**
 * Mirrors images left to right, in place.
 *
 * @param pixels `[..., width, channels]`.
 */
export function mirror(pixels: Uint8Array, width: number, channels: number): void {
  for (let row = 0; row < pixels.length; row += width * channels) {
    for (let left = 0, right = width - 1; left < right; left++, right--) {
      const [a, b] = [row + left * channels, row + right * channels];
      for (let c = 0; c < channels; c++) {
        const kept = pixels[a + c];
        pixels[a + c] = pixels[b + c];
        pixels[b + c] = kept;
      }
    }
  }
}
