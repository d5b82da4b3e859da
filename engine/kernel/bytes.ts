/** Bytes as text: `12.5 MiB`; where that would say little, `31.4 KiB` or `12 bytes`. */
export function mebibytes(bytes: number): string {
  const kibibytes = bytes / 2 ** 10;
  if (Math.abs(kibibytes) >= 100) return `${(kibibytes / 2 ** 10).toFixed(1)} MiB`;
  if (Math.abs(kibibytes) >= 1) return `${kibibytes.toFixed(1)} KiB`;
  return Math.round(bytes) === 1 ? "1 byte" : `${Math.round(bytes)} bytes`;
}
