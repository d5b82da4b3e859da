import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { formatList, loadDataset, type LoadOptions, MissingDataError } from "../../data/mod.ts";
import { imageTree } from "./image_tree.ts";

type Tree = Awaited<ReturnType<typeof imageTree>>;

/** Loads a list of these lines. */
function load({ path, add }: Tree, lines: string, options: LoadOptions = {}) {
  add(lines, "train.txt");
  return loadDataset("list", path, { train: `${path}/train.txt`, test: `${path}/train.txt`, ...options });
}

/** Refuses a list of these lines in these words. */
async function refuses(
  tree: Tree,
  lines: string,
  // deno-lint-ignore no-explicit-any
  kind: new (...args: any[]) => Error,
  words: string[],
  options: LoadOptions = {},
): Promise<void> {
  const { message } = await assertRejects(() => load(tree, lines, { test: null, ...options }), kind);
  for (const word of words) assertStringIncludes(message, word.replaceAll("ROOT", tree.path));
}

Deno.test("a list is read as published: paths with spaces, CRLF, byte order mark, blank lines, no last line end", async () => {
  await using tree = await imageTree("a/1.jpg", "a/two words.JPEG", "b/3.png", "b/ 4  .png");
  const text = "\uFEFFa/1.jpg 0\r\n\r\na/two words.JPEG\t0\r\n  \nb/3.png   1 \n./b// 4  .png 1";
  const { train, test, classNames, name, origin, mean, std } = await load(tree, text);
  const paths = ["a/1.jpg", "a/two words.JPEG", "b/3.png", "b/ 4  .png"].map((path) =>
    `${tree.path}/${path}`
  );
  assertEquals(train.files, paths);
  assertEquals(test.files, paths);
  assertEquals([Array.from(train.labels), train.labels.buffer instanceof SharedArrayBuffer], [
    [0, 0, 1, 1],
    true,
  ]);
  assertEquals([classNames, name, origin], [["0", "1"], "train", tree.path]);
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
  assertEquals((await load(tree, lines, { names })).classNames, ["great white shark", "hen"]);
  tree.add("one\n", "names.txt");
  await refuses(tree, lines, RangeError, [`as many classes as ${names} has names, 1, current are 2`], {
    names,
  });
  await refuses(tree, lines, MissingDataError, ["class names ROOT/none.txt", "not there"], {
    names: `${tree.path}/none.txt`,
  });
});

Deno.test("a list of missing files is refused with their number and the first of them", async () => {
  await using tree = await imageTree("a/1.jpg");
  const lines = "a/1.jpg 0\n" + Array.from({ length: 9 }, (_, i) => `b/${i}.jpg 1\n`).join("") +
    "a/1.jpg/x 1\n";
  await refuses(tree, lines, MissingDataError, [
    "Cannot use the list ROOT/train.txt: it takes files that are below ROOT, current 10 of 11 are not there: " +
    "line 2: b/0.jpg; line 3: b/1.jpg; line 4: b/2.jpg; and 7 more",
  ]);
});

Deno.test("what is wrong in both lists is told at once", async () => {
  await using tree = await imageTree("a/1.jpg", "b/2.jpg");
  tree.add("a/1.jpg 0\nb/2.jpg 2\n", "test.txt");
  const message = `Cannot use the list ROOT/train.txt and the list ROOT/test.txt:
  the list ROOT/train.txt: it takes files that are below ROOT, current 1 of 4 are not there: line 2: a/none.jpg
  the list ROOT/train.txt: it takes files, no folders, current line 3: a
  the list ROOT/train.txt: it takes one label for an image, current line 4 gives a/1.jpg the label 1, and line 1 the label 0
  the list ROOT/test.txt: it takes files that are below ROOT, current 1 of 2 are not there: line 1: a/none.jpg`;
  tree.add("a/none.jpg 0\nb/2.jpg 1\n", "test.txt");
  await refuses(tree, "a/1.jpg 0\na/none.jpg 1\na 1\na/1.jpg 1\n", RangeError, [message], {
    test: `${tree.path}/test.txt`,
  });
});

Deno.test("a label that is none, negative, or leaves a gap is refused with its line", async () => {
  await using tree = await imageTree("1.jpg", "2.jpg", "3.jpg");
  const takes = "it takes lines of a path and a whole number as its label, current ";
  await refuses(tree, "1.jpg 0\n2.jpg cat\n", SyntaxError, [`${takes}line 2 is "2.jpg cat"`]);
  await refuses(tree, "1.jpg 0\n2.jpg 1.0\n3.jpg\n", SyntaxError, [
    `${takes}line 2 is "2.jpg 1.0"; line 3 is "3.jpg"`,
  ]);
  await refuses(tree, "1.jpg 0\n2.jpg -1\n", RangeError, [
    'labels from 0 to 2147483647, current line 2 is "2.jpg -1"',
  ]);
  await refuses(tree, "1.jpg 0\n2.jpg 5\n3.jpg 2\n", RangeError, [
    "it takes every label from 0 to the largest, 5, current lack 1, 3, 4",
  ]);
  await refuses(tree, "1.jpg 0\n2.jpg 2000000000\n", RangeError, [
    "lack 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 1,999,999,989 more",
  ]);
  await refuses(tree, "1.jpg 0\n2.jpg 0\n", RangeError, ["it takes two classes or more, current is 0"]);
  tree.add("3.jpg 2\n", "test.txt");
  await refuses(tree, "1.jpg 0\n2.jpg 1\n", RangeError, [
    "the list ROOT/test.txt: it takes labels from 0 to 1, which the training list has, current line 1: 3.jpg 2",
  ], { test: `${tree.path}/test.txt` });
});

Deno.test("a path that comes twice is refused, by whatever way it comes", async () => {
  await using tree = await imageTree("a/1.jpg", "b/2.jpg");
  tree.link("c", "a");
  for (const again of ["a/1.jpg", "./a//1.jpg", "c/1.jpg"]) {
    await refuses(tree, `a/1.jpg 0\nb/2.jpg 1\n${again} 0\n`, RangeError, [
      `it takes every image once, current line 3 repeats line 1: ${again.replace("./a//", "a/")}`,
    ]);
  }
  await refuses(tree, "a/1.jpg 0\na/1.jpg 1\n", RangeError, [
    "one label for an image, current line 2 gives a/1.jpg the label 1, and line 1 the label 0",
  ]);
});

Deno.test("a path that climbs out of the folder is refused, by dots, from the root or by a symbolic link", async () => {
  await using outside = await imageTree("secret/1.jpg");
  await using tree = await imageTree("a/1.jpg", "a/..jpg", "b/2.jpg");
  for (
    const path of ["../secret/1.jpg", "a/../../1.jpg", `${outside.path}/secret/1.jpg`, "a/..", ".", "a/"]
  ) {
    await refuses(tree, `a/1.jpg 0\n${path} 1\n`, RangeError, ["relative and without .., current line 2 is"]);
  }
  assertEquals((await load(tree, "a/..jpg 0\nb/2.jpg 1\n")).train.count, 2); // only looks like it
  tree.link("out", `${outside.path}/secret`);
  tree.link("a/out.jpg", `${outside.path}/secret/1.jpg`);
  tree.link("a/in.jpg", "../b/2.jpg");
  for (const path of ["out/1.jpg", "a/out.jpg"]) {
    await refuses(tree, `a/1.jpg 0\n${path} 1\n`, RangeError, [
      `files below ROOT, where symbolic links may not lead out, current line 2: ${path}`,
    ]);
  }
  const { train } = await load(tree, "a/1.jpg 0\na/in.jpg 1\n");
  assertEquals(train.files[1], `${tree.path}/a/in.jpg`);
  // A folder whose name begins like the root's is outside of it.
  await using parent = await imageTree("data/1.jpg", "data/2.jpg", "database/3.jpg");
  parent.link("data/more", "../database");
  parent.add("1.jpg 0\nmore/3.jpg 1\n", "list.txt");
  await assertRejects(
    () => loadDataset("list", `${parent.path}/data`, { train: `${parent.path}/list.txt` }),
    RangeError,
    "may not lead out, current line 2: more/3.jpg",
  );
});

Deno.test("symbolic links that lead round or nowhere are refused", async () => {
  await using tree = await imageTree("a/1.jpg");
  tree.link("a/loop.jpg", "loop.jpg");
  tree.link("round", "round");
  tree.link("a/dead.jpg", "gone.jpg");
  await refuses(tree, "a/1.jpg 0\na/loop.jpg 1\nround/2.jpg 1\n", RangeError, [
    "lead to a file, not round in a loop, current line 2: a/loop.jpg; line 3: round/2.jpg",
  ]);
  await refuses(tree, "a/1.jpg 0\na/dead.jpg 1\n", MissingDataError, [
    "1 of 2 are not there: line 2: a/dead.jpg",
  ]);
  await assertRejects(
    () => loadDataset("list", `${tree.path}/round`, { train: `${tree.path}/train.txt` }),
    RangeError,
    "leads round in a loop",
  );
});

Deno.test("a list that is empty, missing, a folder or of another kind is refused", async () => {
  await using tree = await imageTree("a/1.jpg");
  for (const lines of ["", "\n \r\n", "\uFEFF"]) {
    await refuses(tree, lines, SyntaxError, ["it takes a line for each image, current file has none"]);
  }
  const other = (train: string | null, dir: string | null = tree.path) =>
    assertRejects(() => loadDataset("list", dir, { train }), MissingDataError);
  assertStringIncludes(
    (await other(`${tree.path}/none.txt`)).message,
    "none.txt: it takes a text file, current is not there",
  );
  assertStringIncludes(
    (await other(`${tree.path}/a`)).message,
    "current is a folder: a folder of images a class is read by",
  );
  Deno.removeSync(`${tree.path}/train.txt`);
  assertStringIncludes((await other(null)).message, "whose name ends in train.txt");
  assertStringIncludes((await other(`${tree.path}/train.txt`, null)).message, "current is none");
  assertStringIncludes(
    (await other(`${tree.path}/train.txt`, `${tree.path}/no`)).message,
    "/no is not there",
  );
  assertStringIncludes(
    (await other(`${tree.path}/train.txt`, `${tree.path}/a/1.jpg`)).message,
    "1.jpg is a file",
  );
  await refuses(tree, "\xff\xd8\xff\0\x10JFIF", SyntaxError, ["it takes lines of a path"]);
  await refuses(tree, "a\0b.jpg 0\n", RangeError, ["relative and without .."]);
  await refuses(tree, `a/1.jpg 0\n${"x".repeat(300)} 1\n`, MissingDataError, ["1 of 2 are not there"]);
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
