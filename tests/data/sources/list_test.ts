import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { formatList, loadDataset, MissingDataError } from "../../../data/mod.ts";
import { imageTree } from "./image_tree.ts";
import { load, refuses } from "./list_text.ts";

Deno.test("a list is read as published: paths with spaces, CRLF, byte order mark, blank lines, no last line end", async () => {
  await using tree = await imageTree("a/1.jpg", "a/two words.JPEG", "b/3.png", "b/ 4  .png");
  const text = "\uFEFFa/1.jpg 0\r\n\r\na/two words.JPEG\t0\r\n  \nb/3.png   1 \n./b// 4  .png 1";
  const { train, test, classNames, numbered, name, origin, mean, std } = await load(tree, text);
  const paths = ["a/1.jpg", "a/two words.JPEG", "b/3.png", "b/ 4  .png"].map((path) =>
    `${tree.path}/${path}`
  );
  assertEquals(train.files, paths);
  assertEquals(test.files, paths);
  assertEquals([Array.from(train.labels), train.labels.buffer instanceof SharedArrayBuffer], [
    [0, 0, 1, 1],
    true,
  ]);
  assertEquals([classNames, numbered, name, origin], [["0", "1"], true, "train", tree.path]);
  assertEquals([mean, std], [[.485, .456, .406], [.229, .224, .225]]);
  const { kind, count, height, width, channels, shorter, maxPixels, maxBroken, ranges } = train;
  assertEquals([kind, count, height, width, channels, shorter], ["encoded", 4, 224, 224, 3, 256]);
  assertEquals([maxPixels, maxBroken, ranges], [100_000_000, 0, null]);
});

Deno.test("a prefix of a list's paths is taken off and another put there", async () => {
  await using tree = await imageTree("train/a/1.jpg", "train/b/2.jpg");
  const lines = "data_256/a/1.jpg 0\ndata_256/b/2.jpg 1\n";
  const { train } = await load(tree, lines, { strip: "data_256/", add: "train/" });
  assertEquals(train.files, [`${tree.path}/train/a/1.jpg`, `${tree.path}/train/b/2.jpg`]);
  await refuses(tree, lines + "train/a/1.jpg 0\n", RangeError, [
    'it takes paths that begin with "data_256/", as strip says, current line 3 is "train/a/1.jpg 0"',
  ], { strip: "data_256/", add: "train/" });
});

Deno.test("classes have the names of a file, a line each, as many as there are", async () => {
  await using tree = await imageTree("1.jpg", "2.jpg");
  tree.add("great white shark\r\nhen\r\n\n", "names.txt");
  const lines = "1.jpg 0\n2.jpg 1\n";
  const names = `${tree.path}/names.txt`;
  const { classNames, numbered } = await load(tree, lines, { names });
  assertEquals([classNames, numbered], [["great white shark", "hen"], false]);
  tree.add("crane\ncrane\n", "names.txt");
  assertEquals((await load(tree, lines, { names })).classNames, ["crane", "crane"]);
  tree.add("one\n \ntwo\n", "names.txt");
  await refuses(tree, lines, SyntaxError, [
    `class names ${names}: it takes a name in every line, current line 2`,
  ], {
    names,
  });
  tree.add("one\n", "names.txt");
  await refuses(tree, lines, RangeError, [`as many classes as ${names} has names, 1, current are 2`], {
    names,
  });
  await refuses(tree, lines, MissingDataError, ["class names ROOT/none.txt", "not there"], {
    names: `${tree.path}/none.txt`,
  });
});

Deno.test("validation images that are training or test images too are left out, and told", async () => {
  await using tree = await imageTree(..."12345678".split("").map((name) => `${name}.jpg`));
  tree.add("5.jpg 0\n6.jpg 1\n", "test.txt");
  const lines = "1.jpg 0\n2.jpg 0\n3.jpg 1\n4.jpg 1\n";
  const validated = async (text: string, test: string | null = `${tree.path}/test.txt`) => {
    tree.add(text, "validation.txt");
    const said: string[] = [];
    const { train, validation } = await load(tree, lines, {
      ...{ test, validation: `${tree.path}/validation.txt`, testShare: 0.5 },
      onProgress: (line) => void said.push(line),
    });
    assertEquals(train.count, test === null ? 2 : 4);
    const left = said.filter((line) => line.startsWith("Left out"));
    return [validation?.files.map((file) => file.slice(tree.path.length + 1)), left];
  };
  assertEquals(await validated("7.jpg 0\n8.jpg 1\n"), [["7.jpg", "8.jpg"], []]);
  const why = "they are training or test images too";
  assertEquals(await validated("7.jpg 0\n2.jpg 0\n8.jpg 1\n6.jpg 1\n"), [
    ["7.jpg", "8.jpg"],
    [`Left out 2 of 4 validation images: ${why}`],
  ]);
  assertEquals(await validated("3.jpg 1\n5.jpg 0\n"), [undefined, [
    `Left out 2 of 2 validation images: ${why}`,
  ]]);
  // It does not matter whether the split made the training image a test image.
  assertEquals(await validated("1.jpg 0\n2.jpg 0\n7.jpg 1\n", null), [["7.jpg"], [
    `Left out 2 of 3 validation images: ${why}`,
  ]]);
});

Deno.test("without a test list a share of each class is set aside, and told", async () => {
  const paths = Array.from({ length: 13 }, (_, i) => `${i}.jpg`);
  await using tree = await imageTree(...paths);
  const lines = paths.map((path, i) => `${path} ${i < 10 ? 0 : 1}\n`).join("");
  const said: string[] = [];
  const options = {
    test: null,
    testShare: .3,
    seed: 5,
    onProgress: (message: string) => void said.push(message),
  };
  const { train, test } = await load(tree, lines, options);
  assertEquals([Array.from(test.labels), Array.from(train.labels)], [[0, 0, 0, 1], [
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    1,
    1,
  ]]);
  assertEquals([...train.files, ...test.files].sort(), paths.map((path) => `${tree.path}/${path}`).sort());
  assert(said.at(-1)!.includes("4 of 13 are set aside, 0.3 of each class by seed 5"), said.at(-1));
  const again = await load(tree, lines, options);
  assertEquals(again.test.files, test.files);
  const drawn = new Set<string>();
  for (let seed = 0; seed < 5; seed++) {
    drawn.add((await load(tree, lines, { ...options, seed })).test.files.join());
  }
  assert(drawn.size > 1, "every seed sets the same images aside");
  await refuses(tree, `${lines}12.jpg 2\n`, RangeError, ["the label 2"]);
  const single = "0.jpg 0\n1.jpg 0\n2.jpg 1\n3.jpg 2\n";
  await refuses(tree, single, RangeError, [
    "two or more of every class",
    "classes with one: 1, 2: add images",
  ]);
});

Deno.test("test images that are training images too are told of", async () => {
  await using tree = await imageTree("1.jpg", "2.jpg");
  const said: string[] = [];
  await load(tree, "1.jpg 0\n2.jpg 1\n", { onProgress: (message) => void said.push(message) });
  assertEquals(said.at(-1), "2 of the test images are training images too: recalls will be too high");
});

Deno.test("formatList writes what is read back", async () => {
  const paths = ["a/1.jpg", " b c/two  words.png", "c/3\r.jpg", "d/\u2028.jpg", "e/5 6"];
  await using tree = await imageTree(...paths);
  const { train } = await load(tree, formatList(paths, Uint32Array.of(0, 1, 2, 1, 0)));
  assertEquals(train.files, paths.map((path) => `${tree.path}/${path}`));
  assertEquals(Array.from(train.labels), [0, 1, 2, 1, 0]);
});

Deno.test("formatList refuses paths that a line cannot hold", () => {
  for (const path of ["a\n1.jpg", "a ", "a\t", "\uFEFFa.jpg"]) {
    const { message } = assertThrows(() => formatList(["b.jpg", path], Uint32Array.of(0, 1)), RangeError);
    assertEquals(
      message,
      "Cannot use the images: it takes paths that a line of a list can hold, without line breaks and spaces at the end, " +
        `current ${JSON.stringify(path)}`,
    );
  }
});

Deno.test("a table's images whose paths no list can hold are refused before a run begins", {
  ignore: Deno.build.os === "windows", // it has no such paths
}, async () => {
  const paths = ["a/1.jpg", "a/2.jpg", "b/1.jpg", "b/2\n0.jpg"];
  await using tree = await imageTree(...paths);
  tree.add(`file,label\n${paths.map((path) => `"${path}",${path[0]}\n`).join("")}`, "train.csv");
  const { message } = await assertRejects(() => loadDataset("list", tree.path), RangeError);
  assertStringIncludes(
    message,
    `Cannot use the images of ${tree.path}: it takes paths that a line of a list can`,
  );
  assertStringIncludes(message, `current ${JSON.stringify(`${tree.path}/b/2\n0.jpg`)}`);
});

Deno.test("lists beside the images are found by their names, unless there are several", async () => {
  await using tree = await imageTree("1.jpg", "2.jpg", "3.jpg");
  tree.add("1.jpg 0\n2.jpg 1\n", "ImageNet_LT_train.txt");
  tree.add("3.jpg 1\n", "ImageNet_LT_test.txt");
  tree.add("3.jpg 0\n", "latest.txt");
  const { train, test } = await loadDataset("list", tree.path);
  assertEquals([train.count, test.files, test.labels[0]], [2, [`${tree.path}/3.jpg`], 1]);
  tree.add("3.jpg 1\n", "test.txt");
  const { message } = await assertRejects(() => loadDataset("list", tree.path), MissingDataError);
  assertStringIncludes(
    message,
    "current are ImageNet_LT_train.txt, ImageNet_LT_test.txt, test.txt: name them",
  );
});
