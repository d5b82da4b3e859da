// Measures whether libturbojpeg, called by itself, decodes JPEG files faster than sharp does with the same library inside:
// by the processor's time of all threads, the two in turns.
//
//   deno run -A bench/data/turbojpeg.ts [libturbojpeg.so.0 [images]]

import process from "node:process";
import sharp from "sharp";
import { photo } from "./photos.ts";

const [path = "libturbojpeg.so.0", images = "60"] = Deno.args;
const { symbols } = Deno.dlopen(path, {
  tjInitDecompress: { parameters: [], result: "pointer" },
  tjDecompressHeader3: {
    parameters: ["pointer", "buffer", "u64", "buffer", "buffer", "buffer", "buffer"],
    result: "i32",
  },
  tjDecompress2: {
    parameters: ["pointer", "buffer", "u64", "buffer", "i32", "i32", "i32", "i32", "i32"],
    result: "i32",
  },
});
const handle = symbols.tjInitDecompress();

function turbo(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  const [width, height, subsampling, colours] = Array.from({ length: 4 }, () => new Int32Array(1));
  const size = BigInt(bytes.length);
  symbols.tjDecompressHeader3(handle, bytes, size, width, height, subsampling, colours);
  const pixels = new Uint8Array(3 * width[0] * height[0]);
  if (symbols.tjDecompress2(handle, bytes, size, pixels, width[0], 0, height[0], 0, 0) !== 0) {
    throw new Error("libturbojpeg does not decode the image");
  }
  return pixels;
}

for (const [height, width] of [[375, 500], [1200, 1600]]) {
  const files: Uint8Array<ArrayBuffer>[] = [];
  for (let i = 0; i < Number(images); i++) {
    const raw = { width, height, channels: 3 } as const;
    const file = await sharp(photo(i, height, width), { raw }).jpeg({ quality: 90 }).toBuffer();
    files.push(new Uint8Array(file));
  }
  const ways: Record<string, (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array> | Uint8Array> = {
    sharp: async (bytes) => await sharp(bytes, { sequentialRead: true }).raw().toBuffer(),
    turbojpeg: turbo,
  };
  const [a, b] = [await ways.sharp(files[0]), turbo(files[0])];
  let off = 0;
  for (let i = 0; i < a.length; i++) off = Math.max(off, Math.abs(a[i] - b[i]));
  const best: Record<string, number> = {};
  for (let turn = 0; turn < 6; turn++) {
    for (const [name, decode] of Object.entries(ways)) {
      const begun = performance.now();
      const { user, system } = process.cpuUsage();
      for (const file of files) await decode(file);
      const spent = process.cpuUsage({ user, system });
      const ms = (spent.user + spent.system) / 1000 / files.length;
      if (turn > 0) best[name] = Math.min(best[name] ?? Infinity, ms);
      if (turn === 5) {
        console.log(
          `${width}x${height} ${name}: ${best[name].toFixed(2)} ms of processor time an image (last turn ${
            ((performance.now() - begun) / files.length).toFixed(2)
          } by the clock)`,
        );
      }
    }
  }
  console.log(`${width}x${height}: ${(files[0].length / 1024).toFixed(0)} KiB, values at most ${off} apart`);
}
