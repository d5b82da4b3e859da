import { assertEquals } from "@std/assert";
import sharp from "sharp";
import { formatOf, headerSize } from "../../../data/decode/mod.ts";

Deno.test("headerSize reads height and width out of the first bytes, as the decoder has them", async () => {
  const [width, height] = [300, 70];
  const create = { width, height, background: { r: 9, g: 200, b: 80, alpha: .5 } };
  const plain = () => sharp({ create: { ...create, channels: 3 } });
  const clear = () => sharp({ create: { ...create, channels: 4 } });
  const text = (words: string) => new TextEncoder().encode(words);
  const files: Record<string, Uint8Array> = {
    jpeg: await plain().jpeg().toBuffer(),
    png: await clear().png().toBuffer(),
    gif: await plain().gif().toBuffer(),
    "lossy WebP": await plain().webp().toBuffer(),
    "lossless WebP": await plain().webp({ lossless: true }).toBuffer(),
    "WebP with alpha": await clear().webp().toBuffer(),
    "lossless WebP with alpha": await clear().webp({ lossless: true }).toBuffer(),
    "WebP with facts": await plain().withMetadata({ orientation: 6 }).webp().toBuffer(),
    ppm: text("P6\n# made by hand\n300 70\n255\n"),
  };
  for (const [name, bytes] of Object.entries(files)) {
    const { width: across, height: down } = headerSize(formatOf(bytes), bytes)!;
    assertEquals([across, down], [width, height], name);
  }
  const tiff = await plain().tiff().toBuffer();
  assertEquals(headerSize(formatOf(tiff), tiff), null); // its header may stand at the end
});
