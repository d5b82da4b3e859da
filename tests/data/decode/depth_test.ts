// Images whose numbers are not those of 8 bits: never nearly black in silence.
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import sharp from "sharp";
import { decodeImage, ImageError } from "../../../data/decode/mod.ts";
import { deepTiff } from "./formats/tiff_file.ts";

const OWN_SIZE = { shorter: null, maxPixels: 1e6 };

const refuses = async (bytes: Uint8Array, words: RegExp) =>
  assertMatch((await assertRejects(() => decodeImage(bytes, OWN_SIZE), ImageError)).message, words);

/** A grey PNG of 16 bits. */
const png16 = (values: number[]) =>
  sharp(Uint16Array.from(values), { raw: { width: values.length, height: 1, channels: 1 } })
    .toColourspace("grey16").png().toBuffer();

Deno.test("floats from 0 to 1 are scaled, and those to 255 are as they are, grey and in colour", async () => {
  const colours = [0, .2, 1, .6, .4, .8];
  const expected = [0, 51, 255, 153, 102, 204];
  for (const channels of [1, 3] as const) {
    const grey = channels === 1;
    const rgb = grey ? expected.flatMap((value) => [value, value, value]) : expected;
    for (const scale of [1, 255]) {
      const file = deepTiff(colours.map((value) => value * scale), channels, "float");
      assertEquals(
        Array.from((await decodeImage(file, OWN_SIZE)).data),
        rgb,
        `${channels} channels to ${scale}`,
      );
    }
  }
  assertEquals((await decodeImage(deepTiff(colours, 3, "float"), { ...OWN_SIZE, shorter: 3 })).height, 3);
});

Deno.test("floats that are neither are refused by name", async () => {
  await refuses(
    deepTiff([0, 1000.5, 3], 1, "float"),
    /floats from 0 to 1, or to 255, current ones are from 0 to 1000.5: /,
  );
  await refuses(deepTiff([-1, 1, .5], 3, "float"), /current ones are from -1 to 1: /);
  await refuses(deepTiff([NaN, 1, .5], 1, "float"), /not all finite/);
});

Deno.test("whole numbers of 32 bits are taken up to 255, as PIL does, and refused above", async () => {
  const { data } = await decodeImage(deepTiff([0, 91, 255], 1, "int"), OWN_SIZE);
  assertEquals(Array.from(data), [0, 0, 0, 91, 91, 91, 255, 255, 255]);
  await refuses(
    deepTiff([0, 91, 256], 1, "int"),
    /values from 0 to 255, current values are from 0 to 256: convert/,
  );
  await refuses(deepTiff([-4, 91, 7], 1, "int"), /current values are from -4 to 91: convert/);
});

Deno.test("16 bits that use 12 or fewer are refused by name; black is black", async () => {
  await refuses(
    await png16([0, 3000, 4095]),
    /16 bits that are all in use, current values are from 0 to 4095: of 12 bits/,
  );
  await refuses(await png16([0, 255, 7]), /of 8 bits it seems/);
  await refuses(deepTiff([5, 1023, 9], 1, "short"), /of 10 bits it seems/);
  assertEquals(Array.from((await decodeImage(await png16([0, 0]), OWN_SIZE)).data), [0, 0, 0, 0, 0, 0]);
  assertEquals(
    (await decodeImage(await png16([0, 4096, 65535]), OWN_SIZE)).data.filter((_, i) => i % 3 === 0),
    Uint8Array.of(0, 16, 255),
  );
});
