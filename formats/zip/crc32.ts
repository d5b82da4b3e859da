/**
 * Bytes of one round; each byte has a table of its CRC followed by as many zero bytes as come after it in the
 * round.
 */
const ROUND = 8;

const tables = new Uint32Array(ROUND * 256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ value >>> 1 : value >>> 1;
  tables[byte] = value;
}
for (let i = 256; i < tables.length; i++) {
  const before = tables[i - 256];
  tables[i] = before >>> 8 ^ tables[before & 255];
}

/**
 * CRC-32 as zip and PNG use it.
 *
 * Source: Kounavis and Berry, "A Systematic Approach to Building High Performance Software-Based CRC Generators", 2005
 * (slicing by 8).
 */
export function crc32(bytes: Uint8Array): number {
  const t = tables;
  let crc = ~0;
  let i = 0;
  for (const end = bytes.length - ROUND; i <= end; i += ROUND) {
    const low = crc ^ (bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16 | bytes[i + 3] << 24);
    crc = t[1792 + (low & 255)] ^ t[1536 + (low >>> 8 & 255)] ^ t[1280 + (low >>> 16 & 255)] ^
      t[1024 + (low >>> 24)] ^ t[768 + bytes[i + 4]] ^ t[512 + bytes[i + 5]] ^ t[256 + bytes[i + 6]] ^
      t[bytes[i + 7]];
  }
  for (; i < bytes.length; i++) crc = crc >>> 8 ^ t[(crc ^ bytes[i]) & 255];
  return ~crc >>> 0;
}
