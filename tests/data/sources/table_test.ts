// Labels in tables and annotations: CSV and TSV with a header or without, Kaggle's, COCO's and iNaturalist's.
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { loadDataset, type LoadOptions } from "../../../data/mod.ts";
import { imageTree } from "./image_tree.ts";

const IMAGES = ["c0/0.png", "c0/1.png", "c0/2.png", "c1/0.png", "c1/1.png", "c2/0.png"];
const LABELS = [0, 0, 0, 1, 1, 2];
const rows = (label: (number: number) => string, mark: string) =>
  IMAGES.map((path, i) => `${path}${mark}${label(LABELS[i])}\n`).join("");

async function load(text: string, name = "list.csv", options: LoadOptions = {}, images = IMAGES) {
  await using tree = await imageTree(...images);
  tree.add(text, name);
  const said: string[] = [];
  const list = `${tree.path}/${name}`;
  const dataset = await loadDataset("list", tree.path, {
    train: list,
    test: list,
    onProgress: (line) => void said.push(line),
    ...options,
  });
  const { train, test, classNames, numbered } = dataset;
  const files = train.files.map((file) => file.slice(tree.path.length + 1));
  return {
    files,
    labels: Array.from(train.labels),
    tests: Array.from(test.labels),
    classNames,
    numbered,
    said,
  };
}

async function refuses(
  text: string,
  words: string,
  options: LoadOptions = {},
  name = "list.csv",
): Promise<void> {
  const { message } = await assertRejects(() => load(text, name, options), Error);
  assertStringIncludes(message, words);
}

Deno.test("a table of paths and numbers is a list, whatever separates them, with a header or without", async () => {
  const number = (label: number) => String(label);
  const tables = [
    rows(number, ","),
    `path,label\n${rows(number, ",")}`,
    `filename;class\n${rows(number, ";")}`,
    `image_id\tLabel\n${rows(number, "\t")}`,
    `what,ever\n${rows(number, ",")}`,
    `\uFEFFfilename,label\r\n${rows(number, ",").replaceAll("\n", "\r\n")}\r\n`,
    rows((label) => `${label}.0`, ","),
    `label,file name\n${IMAGES.map((path, i) => `${LABELS[i]},"${path}"\n`).join("")}`,
    `,filename,width,label\n${IMAGES.map((path, i) => `${i},${path},32,${LABELS[i]}\n`).join("")}`,
  ];
  for (const [i, table] of tables.entries()) {
    for (const name of table.includes("\t") ? ["list.tsv"] : ["list.csv", "list.txt"]) {
      const { files, labels, classNames, numbered } = await load(table, name);
      assertEquals(
        [files, labels, classNames, numbered],
        [IMAGES, LABELS, ["0", "1", "2"], true],
        `${i} ${name}`,
      );
    }
  }
});

Deno.test("labels in words become classes by code unit, in all lists alike", async () => {
  const words = ["wolf, grey", "Ant", "bee"];
  const found = await load(`filename,label\n${rows((label) => `"${words[label]}"`, ",")}`);
  assertEquals(found.classNames, ["Ant", "bee", "wolf, grey"]);
  assertEquals(found.labels, [2, 2, 2, 0, 0, 1]);
  assertEquals([found.tests, found.numbered], [found.labels, false]);
  await using tree = await imageTree(...IMAGES);
  tree.add(rows((label) => words[label].slice(0, 3), ","), "train.csv");
  tree.add("c1/0.png,bee\nc0/0.png,wol\n", "test.csv");
  const { test, classNames } = await loadDataset("list", tree.path);
  assertEquals([classNames, Array.from(test.labels)], [["Ant", "bee", "wol"], [1, 2]]);
  tree.add("c1/0.png,bee\nc0/0.png,cat\n", "test.csv");
  await assertRejects(
    () => loadDataset("list", tree.path),
    RangeError,
    'test.csv: it takes labels that the training list has, current line 2: c0/0.png "cat"',
  );
  tree.add("Ant\nwol\nbee\n", "names.txt");
  tree.add("c1/0.png,bee\n", "test.csv");
  const named = await loadDataset("list", tree.path, { names: `${tree.path}/names.txt` });
  assertEquals([named.classNames, Array.from(named.test.labels)], [["Ant", "wol", "bee"], [2]]);
});

Deno.test("numbers that do not go from 0 on are names, and told", async () => {
  const { labels, classNames, numbered, said } = await load(rows((label) => String(label * 5 + 6), ","));
  assertEquals([labels, classNames, numbered], [LABELS, ["6", "11", "16"], false]);
  assert(said.some((line) => line.includes("are taken for names of classes: 6; 11; 16")), said.join("\n"));
});

Deno.test("Kaggle's names without ending, in a folder beside the table, are found", async () => {
  const images = ["0a1", "1b2", "2c3"].map((id) => `train_images/${id}.jpg`);
  const { files, classNames, said } = await load(
    "id,breed\n0a1,pug\n1b2,pug\n2c3,basset\n",
    "labels.csv",
    {},
    images,
  );
  assertEquals([files, classNames], [images, ["basset", "pug"]]);
  assert(said.some((line) => line.includes("as train_images/0a1.jpg")), said.join("\n"));
});

Deno.test("columns that cannot be told are asked for, and taken by their names", async () => {
  const table = `photo,size,animal\n${IMAGES.map((path, i) => `${path},9,${"abc"[LABELS[i]]}\n`).join("")}`;
  await refuses(
    table,
    'current first row is "photo, size, animal": name them by data.pathColumn and data.labelColumn',
  );
  await refuses(table, "it takes a data.pathColumn that the first row has, current is foto", {
    pathColumn: "foto",
  });
  const { labels, classNames } = await load(table, "list.csv", {
    pathColumn: "photo",
    labelColumn: "animal",
  });
  assertEquals([labels, classNames], [LABELS, ["a", "b", "c"]]);
});

Deno.test("a table that is wrong is refused with its lines", async () => {
  await refuses("path,label\n", "current table has a header alone");
  await refuses("\n\n", "current table has none");
  await refuses(
    "path,label\nc0/0.png,\nc1/0.png,1\n",
    'rows with a path and a label, current line 2 is "c0/0.png,"',
  );
  await refuses("../x.png,0\nc1/0.png,1\n", "relative and without .., current line 1 is");
  await refuses("c0/9.png,0\nc1/0.png,1\n", "1 of 2 are not there: line 1: c0/9.png");
  await refuses("c0/0.png,a\nc0/0.png,b\n", "line 2 gives c0/0.png the label b, and line 1 the label a");
  await refuses('c0/0.png,"a\nc0/1.png,b\n', "current one does not end well");
});

Deno.test("COCO's and iNaturalist's annotations are read, one category an image", async () => {
  const images = IMAGES.map((file_name, id) => ({ id: id + 100, file_name }));
  const annotations = LABELS.map((label, i) => ({ id: i, image_id: i + 100, category_id: 9 - label }));
  const categories = [9, 8, 7].map((id) => ({ id, name: ["dog", "cat", "eel"][9 - id] }));
  const json = (changes: object) => JSON.stringify({ images, annotations, categories, ...changes });
  const { labels, classNames, numbered } = await load(json({}), "list.json");
  assertEquals([labels, classNames, numbered], [[2, 2, 2, 1, 1, 0], ["eel", "cat", "dog"], false]);
  const twice = json({ annotations: [...annotations, { id: 9, image_id: 100, category_id: 9 }] });
  assertEquals((await load(twice, "list.json")).labels, labels);
  const less = await load(json({ annotations: annotations.slice(1) }), "list.json");
  assertEquals(less.files, IMAGES.slice(1));
  assert(
    less.said.some((line) => line.startsWith("Left out 1 of 6 images without annotations")),
    less.said.join(),
  );
  const more = json({ categories: [...categories, { id: 1, name: "yak" }] });
  assertEquals((await load(more, "list.json", { emptyClasses: "drop" })).classNames, classNames);
  const wrong: [string, string][] = [
    [more, "training images of each class, unless data.emptyClasses is drop, current have none: yak"],
    [
      json({ annotations: [...annotations, { id: 9, image_id: 100, category_id: 8 }] }),
      "image 100 has dog and cat",
    ],
    [
      json({ annotations: [{ image_id: 5, category_id: 9 }] }),
      "ids of images and categories that are listed, current image 5",
    ],
    [
      json({ annotations: [...annotations, { id: 9, image_id: 100, category_id: 3 }] }),
      "ids of images and categories that are listed, current category 3 of image 100",
    ],
    [
      json({ images: [...images.slice(1), { id: 100, file_name: 7 }] }),
      "images with a file_name, current image 100 has 7",
    ],
    [json({ images: [], annotations: [] }), "it takes annotations of images, current file has none"],
    [json({ annotations: undefined }), "no annotations, so that nothing says what the images show"],
    ["[1", "it takes JSON, current text is none"],
    ["[]", "current file has no images"],
  ];
  for (const [text, words] of wrong) await refuses(text, words, {}, "list.json");
});
