import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { loadDataset, MissingDataError } from "../../../data/mod.ts";
import { imageTree } from "./image_tree.ts";
import { load, refuses } from "./list_text.ts";

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
      `files below ROOT, where symbolic links may not lead out unless data.links is follow, current line 2: ${path}`,
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
    "may not lead out unless data.links is follow, current line 2: more/3.jpg",
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

Deno.test("a list or names that are missing are told of where they lie below the folder of the images", async () => {
  await using tree = await imageTree("a/1.jpg", "b/2.jpg");
  await using elsewhere = await imageTree("x");
  const message = async (train: string, names: string | null = null) =>
    (await assertRejects(() => loadDataset("list", tree.path, { train, names }), MissingDataError)).message;
  tree.add("a/1.jpg 0\nb/2.jpg 1\n", "mine.txt");
  tree.add("a/1.jpg 0\nb/2.jpg 1\n", "lists/deep.txt");
  const hint = (file: string) => `current is not there, but ${tree.path}/${file} is: give that path`;
  assertStringIncludes(await message(`${elsewhere.path}/mine.txt`), hint("mine.txt"));
  assertStringIncludes(await message(`${elsewhere.path}/lists/deep.txt`), hint("lists/deep.txt"));
  assertStringIncludes(
    await message(`${tree.path}/mine.txt`, `${elsewhere.path}/mine.txt`),
    hint("mine.txt"),
  );
  for (const none of ["deep.txt", "a"]) {
    assertStringIncludes(`${await message(`${elsewhere.path}/${none}`)}|`, "current is not there|");
  }
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
