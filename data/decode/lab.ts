/** White of D50, which CIELAB in TIFF stands for. */
const WHITE = [.9642, 1, .8249];

/** XYZ under D50 to linear sRGB, whose own white is D65: Bradford's adaptation and sRGB's primaries in one. */
const LINEAR = [
  [3.1338561, -1.6168667, -.4906146],
  [-.9787684, 1.9161415, .0334540],
  [.0719453, -.2289914, 1.4052427],
];

/**
 * CIELAB pixels as sRGB, `L* = 100 L / 255`; within four grey levels of PIL's convert("RGB").
 *
 * @param lab [pixels, 4]: L in 8 bits, a and b signed, a byte that 8-bit files leave empty.
 * @returns [pixels, 3]. Source: CIE 15, IEC 61966-2-1.
 */
export function rgbOfLab(lab: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(lab.length / 4 * 3);
  for (let read = 0, write = 0; read < lab.length; read += 4) {
    const y = (lab[read] * 100 / 255 + 16) / 116;
    const bent = [y + signed(lab[read + 1]) / 500, y, y - signed(lab[read + 2]) / 200];
    const [X, Y, Z] = bent.map((value, i) => WHITE[i] * straight(value));
    for (const [x, y, z] of LINEAR) rgb[write++] = encoded(x * X + y * Y + z * Z);
  }
  return rgb;
}

function signed(byte: number): number {
  return byte << 24 >> 24;
}

/** Inverse of CIELAB's cube root and its straight foot. */
function straight(value: number): number {
  return value > 6 / 29 ? value ** 3 : 3 * (6 / 29) ** 2 * (value - 4 / 29);
}

/** sRGB's 8 bits of a linear value. */
function encoded(linear: number): number {
  const value = Math.min(1, Math.max(0, linear));
  return Math.round(255 * (value <= .0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - .055));
}
