import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { nothingToPredict } from "../../../train/predict/nothing.ts";
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
  assertEquals(
    await names("a/notes.md"),
    ["a/notes.md"],
    "a file that is named is taken, whatever it is called",
  );
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

Deno.test("words that name no image are told with what is there instead", async () => {
  Deno.mkdirSync(join(folder, "empty", "inner", ".git"), { recursive: true });
  Deno.mkdirSync(join(folder, "text"));
  for (const name of ["1.md", "2.md", "3.MD", "list.txt", "none"]) {
    Deno.writeTextFileSync(join(folder, "text", name), "\n");
  }
  const cases: [string, string][] = [
    ["gone", `gone is not there, seen from ${folder}`],
    ["a/1.jpg/x.jpg", `a/1.jpg/x.jpg is not there, seen from ${folder}`],
    [join(folder, "gone.jpg"), `${folder}/gone.jpg is not there`],
    ["empty", "empty has no files"],
    ["text", "text has 5 files that no image is called like (3 .md, 1 .txt, 1 without an ending)"],
    ["text/list.txt", "text/list.txt has no line"],
    ["text/1.*", "text/1.* matches 1 file that no image is called like (1 .md)"],
    ["x/*.jpg", `x/*.jpg matches no image: x is not there, seen from ${folder}`],
    [
      "text/*.jpg",
      `text/*.jpg matches no image: text has 5 files (3 .md, 1 .txt, 1 without an ending), seen from ${folder}`,
    ],
    [
      "a/*.gif",
      `a/*.gif matches no image: a has 1 folder and 4 files (2 .jpg, 1 .md, 1 .png), seen from ${folder}`,
    ],
    [
      join(folder, "empty/inner/*"),
      `${folder}/empty/inner/* matches no image: ${folder}/empty/inner has no files`,
    ],
    ["empt?", `empt? matches no image: . has 4 folders, seen from ${folder}`],
    ["gone\x1b[2J", "gone\uFFFD[2J matches no image: . has 4 folders, seen from " + folder],
  ];
  for (const [word, words] of cases) {
    const { images, nothing } = await findImages(["c/4.webp", word], folder);
    assertEquals([images.length, nothing], [1, [words]]);
  }
  Deno.removeSync(join(folder, "empty"), { recursive: true });
  Deno.removeSync(join(folder, "text"), { recursive: true });
});

Deno.test("of many words that name no image the first few are told", () => {
  assertEquals(
    nothingToPredict("abcde".split("").map((name) => `${name} is not there`)).message,
    "Cannot predict: it takes images, folders and lists of them, or patterns in quotes that match some, current " +
      "a is not there; b is not there; c is not there; and 2 more",
  );
});
