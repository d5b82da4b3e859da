import type { Size } from "../augment/crop_flip.ts";

/** Facts about a JPEG of the usual kind. */
export interface PlainJpeg extends Size {
  /** True if it has Exif or other tags, which may tell of an orientation. */
  isTagged: boolean;
}

/** Sampling factors of the brightness, horizontal and vertical, beside colours of 1 x 1: 4:4:4, 4:2:2 and 4:2:0. */
const SAMPLINGS = [0x11, 0x21, 0x22];

/**
 * Facts about a JPEG that is decoded in one pass over its bytes: 8 bits, baseline, grey or of three components in one scan,
 * in a usual sampling; null for every other one, and for headers that are not clean.
 *
 * Source: ITU-T T.81, B.2.
 */
export function plainJpeg(bytes: Uint8Array): PlainJpeg | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [frame, components, isTagged]: [Size | null, number, boolean] = [null, 0, false];
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1];
    const [length, next] = [view.getUint16(at + 2), at + 2 + view.getUint16(at + 2)];
    if (length < 2 || next > bytes.length) return null;
    switch (marker) {
      case 0xc0: // the frame
        components = bytes[at + 9];
        if (frame || length !== 8 + 3 * components || !isUsual(bytes.subarray(at + 4, next))) return null;
        frame = { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
        break;
      case 0xda: // the scan
        return frame && bytes[at + 4] === components ? { ...frame, isTagged } : null;
      case 0xe1:
        isTagged = true;
        break;
      case 0xc4: // tables of Huffman codes
      case 0xdb: // of quantization
      case 0xdd: // restarts
      case 0xfe: // a comment
        break;
      default:
        if (marker < 0xe0 || marker > 0xef) return null; // not an application's
    }
    at = next;
  }
  return null;
}

/** Tells whether a frame header, from its precision on, is of a usual kind. */
function isUsual(header: Uint8Array): boolean {
  const [precision, , , , , components, , sampling, , , blue, , , red] = header;
  if (precision !== 8) return false;
  return components === 1 ||
    components === 3 && SAMPLINGS.includes(sampling) && blue === 0x11 && red === 0x11;
}
