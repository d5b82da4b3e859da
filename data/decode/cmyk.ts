/**
 * CMYK pixels as RGB without a profile, `X = K' (255 - C) / 255` with K' = 255 - K and so on; PIL's convert("RGB") to the bit.
 *
 * @param cmyk [pixels, 4].
 * @returns [pixels, 3].
 */
export function rgbOfCmyk(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(cmyk.length / 4 * 3);
  for (let read = 0, write = 0; read < cmyk.length; read += 4) {
    const light = 255 - cmyk[read + 3];
    for (let c = 0; c < 3; c++) {
      const product = cmyk[read + c] * light + 128;
      rgb[write++] = light - ((product >> 8) + product >> 8);
    }
  }
  return rgb;
}
