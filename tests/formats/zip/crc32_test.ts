import { assertEquals } from "@std/assert";
import { crc32 } from "../../../formats/zip/crc32.ts";

/** Bit by bit, as the polynomial has it. */
function byBits(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ crc >>> 1 : crc >>> 1;
  }
  return ~crc >>> 0;
}

Deno.test("crc32 has the check value of the standard", () => {
  assertEquals(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});

Deno.test("crc32 is that of the polynomial for every length of a last round", () => {
  for (let length = 0; length < 40; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 151 + 7 * length) & 255);
    assertEquals(crc32(bytes), byBits(bytes), `${length} bytes`);
  }
});
