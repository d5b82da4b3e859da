/** Subsampling of the colours, as libturbojpeg numbers it. */
export const SAMPLINGS = { "4:4:4": 0, "4:2:2": 1, "4:2:0": 2, "grey": 3, "4:4:0": 4, "4:1:1": 5 } as const;

/** Flag: the buffer that is given has room. */
const NO_REALLOC = 1024;

/** Encodes RGB pixels by libturbojpeg, which knows more samplings than sharp. */
export function encodeJpeg(
  library: string,
  pixels: Uint8Array<ArrayBuffer>,
  [height, width]: readonly [height: number, width: number],
  sampling: keyof typeof SAMPLINGS,
): Uint8Array<ArrayBuffer> {
  const code = Deno.dlopen(library, {
    tjInitCompress: { parameters: [], result: "pointer" },
    tjCompress2: {
      parameters: [
        ...["pointer", "buffer", "i32", "i32", "i32", "i32"] as const,
        ...["buffer", "buffer", "i32", "i32", "i32"] as const,
      ],
      result: "i32",
    },
    tjDestroy: { parameters: ["pointer"], result: "i32" },
  });
  const { tjInitCompress, tjCompress2, tjDestroy } = code.symbols;
  const room = new Uint8Array(4096 + 12 * (height + 16) * (width + 32));
  const place = BigUint64Array.of(BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(room))));
  const size = BigUint64Array.of(BigInt(room.length));
  const handle = tjInitCompress();
  const form = [width, 0, height, 0] as const;
  const how = [SAMPLINGS[sampling], 85, NO_REALLOC] as const;
  const failed = tjCompress2(handle, pixels, ...form, place, size, ...how);
  tjDestroy(handle);
  code.close();
  if (failed !== 0) throw new Error(`libturbojpeg does not encode ${width} x ${height} in ${sampling}`);
  return room.slice(0, Number(size[0]));
}
