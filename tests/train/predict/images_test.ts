import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { findImages, leftOutWords } from "../../../train/predict/images.ts";

const folder = Deno.makeTempDirSync({ prefix: "everyclass-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

for (
  const path of [
    "a/1.jpg",
    "a/2.PNG",
    "a/b/3.jpg",
    "a/b/.hidden.jpg",
    "a/notes.md",
    "a/[x].jpg",
    "c/4.webp",
    "c/5.heic",
  ]
) {
  Deno.mkdirSync(join(folder, path, ".."), { recursive: true });
  Deno.writeTextFileSync(join(folder, path), "");
}
Deno.symlinkSync(join(folder, "a"), join(folder, "a", "b", "round"));

const names = async (...words: string[]) => {
  const { images } = await findImages(words, folder);
  for (const { path, name } of images) assertEquals(path, join(folder, name));
  return images.map(({ name }) => name);
};

Deno.test("files, folders and patterns are found from where the user stands, in the order of the words", async () => {
  assertEquals(await names("c/4.webp", "./a/1.jpg"), ["c/4.webp", "./a/1.jpg"]);
  assertEquals(await names("c", "a"), [
    "c/4.webp",
    "c/5.heic",
    "a/1.jpg",
    "a/2.PNG",
    "a/[x].jpg",
    "a/b/3.jpg",
  ]);
  assertEquals(await names("*/?.{jpg,webp}"), ["a/1.jpg", "c/4.webp"]);
  assertEquals(await names("**/*.jpg"), ["a/1.jpg", "a/[x].jpg", "a/b/3.jpg"]);
  assertEquals(await names("a/**/3.*"), ["a/b/3.jpg"]);
  assertEquals(await names("[c]"), ["c/4.webp", "c/5.heic"]);
  assertEquals(await names("a/[x].jpg"), ["a/[x].jpg"], "a file that is there is no pattern");
  assertEquals(await names("none.jpg", "none/*.jpg"), ["none.jpg", "none/*.jpg"], "whoever reads them tells");
  assertEquals((await findImages([join(folder, "c/*.webp")], "/")).images.map(({ path }) => path), [
    join(folder, "c/4.webp"),
  ]);
});

Deno.test("a list names images beside itself, with labels or without", async () => {
  Deno.writeTextFileSync(join(folder, "a", "list.txt"), "\uFEFF1.jpg 3\r\nb/3.jpg\n\n  ../c/4.webp\t0\n");
  assertEquals(await names("a/list.txt"), ["a/1.jpg", "a/b/3.jpg", "c/4.webp"]);
  Deno.removeSync(join(folder, "a", "list.txt"));
});

Deno.test("files of a folder are called like images by the endings that training takes", async () => {
  const all = ["d/1.bmp", "d/2.dib", "d/3.jfif", "d/4.jpe", "d/5.pbm", "d/6.PGM", "d/7.pnm", "d/8.ppm"];
  Deno.mkdirSync(join(folder, "d"));
  for (const name of all) Deno.writeTextFileSync(join(folder, name), "");
  assertEquals(await names("d"), all);
  Deno.removeSync(join(folder, "d"), { recursive: true });
});

Deno.test("files that are not called like images are counted by their endings", async () => {
  assertStringIncludes(
    leftOutWords(await findImages(["a"], folder))!,
    "Left out 1 file that no image is called like: 1 .md",
  );
  assertEquals(leftOutWords(await findImages(["c"], folder)), null);
});
