/**
 * A GIF whose first image hides no colour: the decoder leaves pixels black that are transparent, whatever their colour.
 *
 * @returns A copy, or the file itself where nothing in it is transparent. Source: CompuServe, "GIF89a", 23.
 */
export function opaqueGif(bytes: Uint8Array): Uint8Array {
  const table = (flags: number) => flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
  let at = 13 + table(bytes[10]);
  while (bytes[at] === 0x21) { // extensions before the first image
    if (bytes[at + 1] === 0xf9 && bytes[at + 3] & 1) {
      const opaque = bytes.slice();
      opaque[at + 3] &= ~1;
      return opaque;
    }
    for (at += 2; bytes[at] > 0;) at += bytes[at] + 1;
    at++;
  }
  return bytes;
}
