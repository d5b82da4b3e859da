// Folders as people have them: splits under any usual name, with further folders around them, and classes called alike.
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { loadDataset, type LoadOptions } from "../../../data/mod.ts";
import { rolesOf } from "../../../data/sources/split_names.ts";
import { imageTree } from "./image_tree.ts";

/** Two images for each class `a` and `b` of these folders. */
const split = (...folders: string[]) =>
  folders.flatMap((folder) =>
    ["a/1.jpg", "a/2.jpg", "b/1.jpg", "b/2.jpg"].map((path) => `${folder}/${path}`)
  );

const flat = (...folders: string[]) => folders.flatMap((folder) => [`${folder}/1.jpg`, `${folder}/2.jpg`]);

async function load(paths: readonly string[], options: (path: string) => LoadOptions = () => ({})) {
  await using tree = await imageTree(...paths);
  const said: string[] = [];
  const onProgress = (line: string) => void said.push(line.replaceAll(tree.path, "ROOT"));
  const { train, test, validation, classNames } = await loadDataset("folder", tree.path, {
    onProgress,
    ...options(tree.path),
  });
  const folders = (
    files: readonly string[] = [],
  ) => [...new Set(files.map((file) => file.slice(tree.path.length + 1).replace(/\/[ab]\/\d\.jpg$/, "")))];
  return {
    classNames,
    said,
    train: folders(train.files),
    test: folders(test.files),
    validation: folders(validation?.files),
  };
}

async function refuses(paths: readonly string[], ...words: string[]): Promise<void> {
  const { message } = await assertRejects(() => load(paths), RangeError);
  for (const word of ["Cannot tell classes from splits in", "set data.train to", ...words]) {
    assertStringIncludes(message, word);
  }
}

Deno.test("splits are found by all names that people give them", async () => {
  const cases = [
    ["Training", "Testing"],
    ["train", "eval"],
    ["seg_train", "seg_test"],
    ["train_set", "test_set"],
    ["training", "validation"],
    ["train", "validation_images"],
    ["TrainSet", "TestSet"],
    ["trainval", "test"],
    ["train2017", "val2017"],
    ["My Train Images", "My Test Images"],
    ["train", "dev"],
    ["mnist-training-data", "mnist-testing-data"],
  ];
  for (const [train, test] of cases) {
    const found = await load(split(train, test));
    assertEquals([found.classNames, found.train, found.test, found.validation], [
      ["a", "b"],
      [train],
      [test],
      [],
    ]);
  }
});

Deno.test("a validation split is kept apart where there is a test split", async () => {
  for (
    const [train, validation, test] of [
      ["train", "val", "test"],
      ["training", "validation", "testing"],
      ["seg_train", "seg_valid", "seg_test"],
    ]
  ) {
    const found = await load(split(train, validation, test));
    assertEquals([found.train, found.test, found.validation], [[train], [test], [validation]]);
  }
  const other = await load([...split("train", "test"), "val/c/1.jpg"]);
  assertEquals([other.test, other.validation], [["test"], []]);
  assert(other.said.some((line) => line.startsWith("Left out ROOT/val: ")), other.said.join("\n"));
});

Deno.test("folders beside the splits are left out, and told", async () => {
  const { train, test, said } = await load([...split("training", "testing", "extra"), "docs/x.txt"]);
  assertEquals([train, test], [["training"], ["testing"]]);
  assertEquals(said[0], "Left out docs; extra in ROOT: training has the images to train with");
});

Deno.test("further folders around the splits, and around the classes of a split, are looked through", async () => {
  const around = await load(split("mydata/train", "mydata/val"));
  assertEquals([around.train, around.test], [["mydata/train"], ["mydata/val"]]);
  assertEquals(around.said[0], "Looking into ROOT/mydata, all that is in ROOT");
  const twice = await load(split("archive/mydata/Training", "archive/mydata/Testing"));
  assertEquals([twice.train, twice.test], [["archive/mydata/Training"], ["archive/mydata/Testing"]]);
  const inside = await load(split("seg_train/seg_train", "seg_test/seg_test"));
  assertEquals([inside.train, inside.test], [["seg_train/seg_train"], ["seg_test/seg_test"]]);
  const classes = await load(split("photos"));
  assertEquals([classes.classNames, classes.train], [["a", "b"], ["photos"]]);
  const alone = await load(split("photos/Training"));
  assertEquals([alone.classNames, alone.train], [["a", "b"], ["photos/Training"]]);
});

Deno.test("what may be splits as well as classes is asked about, never taken for classes", async () => {
  await refuses(flat("Training", "Testing"), "current are Testing; Training");
  await refuses(flat("train", "test"));
  await refuses(flat("train_images", "test_images"));
  await refuses(["Training/a/1.jpg", "Testing/c/1.jpg", "Training/b/1.jpg", "Testing/d/1.jpg"]);
  await refuses(split("train1", "train2", "test"));
  await refuses(split("train_set", "test_old", "test_new"));
  await refuses(split("training", "holdback"));
  await refuses(
    [...flat("train_images", "test_images"), "train.csv"],
    "where train.csv has the labels, set data.source",
  );
});

Deno.test("classes that are called like splits are classes where nothing else speaks for splits", async () => {
  for (
    const names of [["car", "train"], ["dev board", "training shoes"], ["flask", "test tube"], [
      "endurance training",
      "strength training",
    ]]
  ) {
    assertEquals((await load(flat(...names))).classNames, names);
  }
  const { classNames, said } = await load(["cat/in/1.jpg", "cat/out/1.jpg", "dog/in/1.jpg", "dog/out/1.jpg"]);
  assertEquals(classNames, ["cat", "dog"]);
  assertEquals(
    said[0],
    "All folders of ROOT have folders of the same names (in; out): cat; dog are taken for classes; if they are splits, name " +
      "them by data.train and data.test",
  );
});

Deno.test("data.train, data.validation and data.test name the folders, whatever they are called", async () => {
  const paths = split("one", "two", "three");
  const named = await load(paths, (path) => ({
    train: `${path}/two`,
    test: `${path}/one`,
    validation: `${path}/three`,
  }));
  assertEquals([named.train, named.test, named.validation], [["two"], ["one"], ["three"]]);
  const whole = await load(flat("Training", "Testing"), (path) => ({ train: path }));
  assertEquals(whole.classNames, ["Testing", "Training"]);
  const outside = await imageTree(...split("x"));
  await using _ = outside;
  await assertRejects(
    () => load(paths, () => ({ train: `${outside.path}/x` })),
    RangeError,
    "Cannot use data.train: it takes a folder below data.dir",
  );
  await assertRejects(
    () => load(paths, (path) => ({ test: `${path}/one` })),
    Error,
    "it takes data.train beside",
  );
});

Deno.test("a split that is a link out of the folder is followed where data.links says so", async () => {
  await using tree = await imageTree(...split("mine/train", "store/test"));
  tree.link("mine/valid", "../store/test");
  const dir = `${tree.path}/mine`;
  await assertRejects(
    () => loadDataset("folder", dir),
    RangeError,
    `unless data.links is follow, current the folder itself leads out, to ${tree.path}/store/test`,
  );
  for (const named of [{}, { train: `${dir}/train`, test: `${dir}/valid` }]) {
    const { test } = await loadDataset("folder", dir, { links: "follow", ...named });
    assertEquals(test.files[0], `${dir}/valid/a/1.jpg`); // as a list of the run would name it
  }
});

Deno.test("rolesOf reads a role only out of whole words, and only where there is one", () => {
  const roles = rolesOf([
    "strain",
    "testament",
    "valley",
    "train_test_split",
    "evaluation",
    "train-1",
    "devices",
    "latest",
  ]);
  assertEquals(roles.map(({ role }) => role), [null, null, null, null, "validation", "train", null, null]);
});
