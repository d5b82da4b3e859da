// Tells how long it takes to look for the same image in training and test images: among 60,000 images of 32 x 32 in memory, and
// among 2,000 pictures like photos, as JPEGs and as PNGs, beside decoding them all once.
//
//   deno run -A bench/data/duplicates.ts [IMAGES]
import sharp from "sharp";
import { hash32, loadDataset, newImageSet } from "../../data/mod.ts";
import { decodeImage } from "../../data/decode/mod.ts";
import { samePixels } from "../../data/duplicates/same_pixels.ts";
import { photo } from "./photos.ts";

const count = Number(Deno.args[0] ?? 2000);
const seconds = async (work: () => unknown) => {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
};

for (const images of [10_000, 60_000]) {
  const set = newImageSet(images, 32, 32, 3, ["image"]);
  const words = new Uint32Array(set.images.buffer);
  words.forEach((_, i) => words[i] = Math.imul(i + 1, 2654435761));
  console.log(
    `${images} images of 32 x 32 in memory: ${(await seconds(() => samePixels([set]))).toFixed(3)} s`,
  );
}

const folder = Deno.makeTempDirSync({ prefix: "everyclass-" });
try {
  const drawn = Array.from({ length: 16 }, (_, i) => photo(i, 375, 500));
  for (const format of ["jpeg", "png"] as const) {
    const dir = `${folder}/${format}`;
    const files: string[] = [];
    for (let i = 0; i < count; i++) {
      const parent = `${dir}/${i % 10}`;
      Deno.mkdirSync(parent, { recursive: true });
      const data = drawn[i % drawn.length].slice();
      for (let j = 0; j < 1500; j++) data[j] = data[data.length - 1 - j] = hash32(i, j); // no two are the same
      const image = sharp(data, { raw: { width: 500, height: 375, channels: 3 } });
      await (format === "jpeg" ? image.jpeg({ quality: 90 }) : image.png({ compressionLevel: 1 })).toFile(
        `${parent}/${i}.jpg`,
      );
      files.push(`${parent}/${i}.jpg`);
    }
    const alone = await seconds(() => loadDataset("folder", dir));
    const said: string[] = [];
    const both = await seconds(() =>
      loadDataset("folder", dir, { duplicates: "tell", onProgress: (line) => void said.push(line) })
    );
    const decoded = await seconds(async () => {
      for (const file of files) {
        await decodeImage(await Deno.readFile(file), { shorter: 256, maxPixels: 1e8 });
      }
    });
    console.log(
      `${count} ${format.toUpperCase()}s of 500 x 375: ${alone.toFixed(2)} s to find them, ${
        (both - alone).toFixed(2)
      } s to compare ` +
        `them, ${decoded.toFixed(1)} s to decode them one by one`,
    );
    for (const line of said.filter((line) => /^\d/.test(line))) console.log(line);
  }
} finally {
  Deno.removeSync(folder, { recursive: true });
}
