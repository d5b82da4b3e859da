import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { loadDataset, type LoadOptions, MissingDataError } from "../../../data/mod.ts";
import { imageTree } from "./image_tree.ts";

type Tree = Awaited<ReturnType<typeof imageTree>>;

async function load({ path }: Tree, options: LoadOptions = {}) {
  const said: string[] = [];
  const dataset = await loadDataset("folder", path, {
    onProgress: (line) => void said.push(line),
    ...options,
  });
  const relative = (files: readonly string[]): string[] => files.map((file) => file.slice(path.length + 1));
  const { train, test } = dataset;
  return { ...dataset, said, trained: relative(train.files), tested: relative(test.files) };
}

async function refuses(
  tree: Tree,
  // deno-lint-ignore no-explicit-any
  kind: new (...args: any[]) => Error,
  ...words: string[]
): Promise<void> {
  const { message } = await assertRejects(() => load(tree), kind);
  for (const word of words) assertStringIncludes(message, word.replaceAll("ROOT", tree.path));
}

/** Two images for each of these classes. */
const two = (...classes: string[]) => classes.flatMap((name) => [`${name}/1.jpg`, `${name}/2.jpg`]);

Deno.test("a folder's classes are its folders by code unit, their images all below them with any usual ending", async () => {
  const cats = ["cat/1.jpg", "cat/2.JPEG", "cat/deep/deeper/3.Png", "cat/a.webp", "cat/b.gif", "cat/c.bmp"];
  const more = ["cat/d.tif", "cat/e.TIFF", "cat/f.avif"];
  await using tree = await imageTree(
    ...cats,
    ...more,
    ...two("Zebra", "ant", "été"),
    ...two(".git", "cat/.trash"),
  );
  const { classNames, trained, tested, train, said, name } = await load(tree, { size: 32, resize: null });
  assertEquals(classNames, ["Zebra", "ant", "cat", "été"]);
  assertEquals(
    [...trained, ...tested].filter((path) => path.startsWith("cat/")).sort(),
    [...cats, ...more].sort(),
  );
  assertEquals([trained.length, tested.length], [10, 5]); // a fifth of nine is two, of two at least one
  assertEquals(trained.slice().sort(), trained);
  assertEquals([train.kind, train.width, train.height, train.shorter], ["encoded", 32, 32, null]);
  assertEquals(name, tree.path.split("/").at(-1));
  assert(!said.some((line) => line.startsWith("Left out")), said.join());
});

Deno.test("folders that programs leave are no classes, and what is in them no images", async () => {
  const left = ["__MACOSX/a/._1.jpg", "@eaDir/a.jpg", "$RECYCLE.BIN/b.jpg", "a/@eaDir/1.jpg/THUMB_XL.jpg"];
  await using flat = await imageTree(...two("a", "b"), ...left);
  const { classNames, trained, tested } = await load(flat);
  assertEquals([classNames, [...trained, ...tested].sort()], [["a", "b"], two("a", "b")]);
  await using split = await imageTree(
    ...two("train/a", "train/b"),
    ...left.slice(0, 2),
    "train/#recycle/1.jpg",
  );
  assertEquals((await load(split)).classNames, ["a", "b"]);
});

Deno.test("a folder that is split is taken as it is split", async () => {
  for (const [test, also] of [["test", "val"], ["val", "extra"], ["validation", "docs"]]) {
    const paths = [...two("train/a", "train/b"), `${test}/a/3.jpg`, `${test}/b/sub/4.jpg`, `${also}/c/5.jpg`];
    await using tree = await imageTree(...paths);
    const { trained, tested, classNames } = await load(tree);
    assertEquals([trained, tested, classNames], [two("train/a", "train/b"), paths.slice(4, 6), ["a", "b"]]);
  }
  await using capitals = await imageTree(...two("Train/a", "Train/b", "Test/a", "Test/b"));
  assertEquals((await load(capitals)).tested, two("Test/a", "Test/b"));
  await using unlabelled = await imageTree(...two("train/a", "train/b"), "test/1.jpg", "test/2.jpg");
  const { classNames, tested, said } = await load(unlabelled);
  assertEquals([classNames, tested.map((path) => path.slice(0, 7))], [["a", "b"], ["train/a", "train/b"]]);
  assertStringIncludes(said[0], `Left out test in ${unlabelled.path}: no folders of classes are in there`);
  await using alone = await imageTree(...two("train/a", "train/b"));
  assertEquals((await load(alone)).classNames, ["a", "b"]);
  await using vehicles = await imageTree(...two("train", "car"));
  assertEquals((await load(vehicles)).classNames, ["car", "train"]);
});

Deno.test("classes of the two parts of a split folder must be the same", async () => {
  await using tree = await imageTree(...two("train/a", "train/b", "val/a", "val/c", "val/d"));
  const takes = "Cannot use the images of ROOT/val: it takes ";
  await refuses(tree, RangeError, `${takes}the classes of the training images, current are others too: c; d`);
});

Deno.test("a class may be without test images, but not each", async () => {
  await using tree = await imageTree(...two("train/a", "train/b", "train/c", "val/a", "val/c"));
  Deno.mkdirSync(`${tree.path}/val/b`);
  const { classNames, test } = await load(tree);
  assertEquals([classNames, Array.from(test.labels)], [["a", "b", "c"], [0, 0, 2, 2]]);
  await using none = await imageTree(...two("train/a", "train/b"), "val/a/notes.txt");
  await refuses(
    none,
    RangeError,
    "it takes images to test with, current are none in the folders of the classes",
  );
});

Deno.test("classes without images are left out where data.emptyClasses says so", async () => {
  await using tree = await imageTree(...two("a", "b"), "c/d/notes.txt", "e/.hidden.jpg");
  const { classNames, said } = await load(tree, { emptyClasses: "drop" });
  assertEquals(classNames, ["a", "b"]);
  assert(said.includes("Left out 2 classes without images: c; e"), said.join("\n"));
});

Deno.test("symbolic links lead out of the folder where data.links says so", async () => {
  await using tree = await imageTree(...two("store/x", "store/y"), "mine/a/9.jpg");
  tree.link("mine/b", "../store/x");
  tree.link("mine/a/1.jpg", "../../store/y/1.jpg");
  const mine = { ...tree, path: `${tree.path}/mine` };
  await refuses(
    mine,
    RangeError,
    "unless data.links is follow, current a/1.jpg leads out, to ROOT/store/y/1.jpg".replace(
      "ROOT",
      tree.path,
    ),
  );
  const { trained, tested } = await load(mine, { links: "follow" });
  assertEquals([...trained, ...tested].sort(), ["a/1.jpg", "a/9.jpg", "b/1.jpg", "b/2.jpg"]);
  tree.link("mine/b/round", "../../mine");
  await assertRejects(() => load(mine, { links: "follow" }), RangeError, "where images are looked for");
});

Deno.test({
  name: "what no image can be read of is refused, not waited for",
  ignore: Deno.build.os === "windows", // it has no such files
  async fn() {
    await using tree = await imageTree(...two("a", "b"));
    assertEquals((await new Deno.Command("mkfifo", { args: [`${tree.path}/b/3.jpg`] }).output()).code, 0);
    await refuses(tree, RangeError, "files that can be read whole, current are pipes or devices: b/3.jpg");
    tree.add("a/1.jpg 0\nb/3.jpg 1\n", "train.txt");
    await assertRejects(
      () => loadDataset("list", tree.path),
      RangeError,
      "files that can be read whole, current are pipes or devices: line 2: b/3.jpg",
    );
  },
});

Deno.test("files that are no images are left out, and told", async () => {
  await using tree = await imageTree(
    ...two("a", "b"),
    "a/notes.txt",
    "a/x.TXT",
    "b/y.txt",
    "b/README",
    "c.jpg",
    "d.md",
  );
  const { said, trained, tested } = await load(tree);
  assertEquals([trained.length, tested.length], [2, 2]);
  assertEquals(said.slice(1, 3), [
    `Left out 1 image that lie in ${tree.path}, in no class's folder`,
    `Left out 4 files in ${tree.path} that no image is called like: 2 .txt; 1 .TXT; 1 without an ending`,
  ]);
});

Deno.test("a folder without folders, without images, with an empty class or a single one is refused", async () => {
  await using flat = await imageTree("1.jpg", "2.jpg");
  await refuses(
    flat,
    MissingDataError,
    "a folder of images for each class, current are 2 images and no folder",
  );
  await using nothing = await imageTree("README");
  await refuses(nothing, MissingDataError, "current are no images and no folder");
  await using empty = await imageTree(...two("a", "b"), "c/d/notes.txt", "e/.hidden.jpg");
  await refuses(
    empty,
    RangeError,
    "in the folder of each class, unless data.emptyClasses is drop, current have none: c; e",
  );
  await using one = await imageTree(...two("a"));
  await refuses(one, RangeError, "it takes two classes or more, current is a");
  await using single = await imageTree(...two("a", "b"), "c/1.jpg");
  await refuses(
    single,
    RangeError,
    "it takes two or more of every class",
    "current class with one: c: add images",
  );
  await assertRejects(() => loadDataset("folder", null), MissingDataError, "current is none");
  await assertRejects(() => loadDataset("folder", `${one.path}/none`), MissingDataError, "none is not there");
  await assertRejects(
    () => loadDataset("folder", `${one.path}/a/1.jpg`),
    MissingDataError,
    "1.jpg is a file",
  );
});

Deno.test("names that no list can hold are refused", async () => {
  await using tree = await imageTree(...two("a", "b"), "a/\uFFFD.jpg");
  assertEquals((await load(tree)).classNames, ["a", "b"]);
  tree.add("", "b/line\nbreak.jpg");
  await refuses(tree, RangeError, 'names in UTF-8 without line breaks, current "b/line\\nbreak.jpg"');
});

Deno.test("symbolic links are followed below the folder, and refused where they lead out, round, twice or nowhere", async () => {
  await using tree = await imageTree(...two("images/a", "images/b"), "all/x.jpg", "all/y.jpg");
  tree.link("images/a/x.jpg", "../../all/x.jpg");
  await refuses({ ...tree, path: `${tree.path}/images` }, RangeError, "a/x.jpg leads out");
  await using inside = await imageTree(...two("train/a", "train/b", "test/b"), "all/x.jpg", "all/y.jpg");
  inside.link("train/a/x.jpg", "../../all/x.jpg");
  inside.link("test/a", "../all");
  const { trained, tested } = await load(inside);
  assertEquals(trained.slice(0, 3), ["train/a/1.jpg", "train/a/2.jpg", "train/a/x.jpg"]);
  assertEquals(tested.slice(0, 2), ["test/a/x.jpg", "test/a/y.jpg"]);

  const cases: [string, string, new (message: string) => Error, string][] = [
    ["a/up", "..", RangeError, "a/up leads to the folder itself"],
    ["a/self", ".", RangeError, "a/self leads to a, where"],
    ["b/other", "../a", RangeError, "b/other leads to a, where"],
    ["c", "c", RangeError, "c leads round in a loop"],
    ["a/3.jpg", "3.jpg", RangeError, "a/3.jpg leads round in a loop"],
    ["a/out", "/usr", RangeError, "a/out leads out, to /usr"],
    ["a/4.png", "gone", MissingDataError, "lead nowhere: a/4.png"],
  ];
  for (const [from, to, kind, words] of cases) {
    await using tree = await imageTree(...two("a", "b"));
    tree.link(from, to);
    await refuses(tree, kind, words);
  }
  await using notes = await imageTree(...two("a", "b"));
  notes.link("a/notes", "gone");
  assertEquals((await load(notes)).train.count, 2);
  // Two links a level would double the folders with each.
  await using doubling = await imageTree(...two("a", "b"));
  for (let level = 0; level < 30; level++) {
    for (const side of ["l", "r"]) doubling.link(`d${level}/${side}`, `../d${level + 1}`);
  }
  doubling.add("", "d30/1.jpg");
  await refuses(doubling, RangeError, "where images are looked for");
});

Deno.test("a share of each class is set aside by the seed and the class alone", async () => {
  const paths = Array.from({ length: 20 }, (_, i) => `b/${String(i).padStart(2, "0")}.jpg`);
  await using tree = await imageTree(...two("a"), ...paths);
  const tests = async (options: LoadOptions): Promise<string[]> =>
    (await load(tree, options)).tested.filter((path) => path.startsWith("b/"));
  const first = await tests({ seed: 1 });
  assertEquals([first.length, (await tests({ seed: 1, testShare: .5 })).length], [4, 10]);
  assertEquals((await tests({ seed: 1, testShare: .01 })).length, 1);
  assertEquals((await tests({ seed: 1, testShare: .99 })).length, 19); // one to learn from
  tree.add("", "a/3.jpg", "a/4.jpg", "c/1.jpg", "c/2.jpg");
  assertEquals(await tests({ seed: 1 }), first);
});

Deno.test("decoded images are kept in the cache up to a bound, unless there is none or they keep their own size", async () => {
  await using tree = await imageTree(...two("a", "b").map((path) => `images/${path}`));
  const [dir, cache] = [`${tree.path}/images`, `${tree.path}/cache`];
  const { train, test } = await loadDataset("folder", dir, { cache, imageCache: 0.5 });
  assertEquals([train.cache?.folder, train.cache?.limit], [`${cache}/images`, 2 ** 19]);
  assertEquals(test.cache, train.cache); // counted together
  for (
    const without of [{ imageCache: 0 }, {}, { imageCache: 1, resize: null }, {
      imageCache: 1,
      cache: undefined,
    }]
  ) {
    const { train, test } = await loadDataset("folder", dir, { cache, ...without });
    assertEquals([train.cache, test.cache], [null, null]);
  }
});

Deno.test("mean and std of any source are replaced by those that are given, one for each channel", async () => {
  await using tree = await imageTree(...two("a", "b"));
  const mean = [.1, .2, .3];
  const { mean: taken, std } = await loadDataset("folder", tree.path, { mean });
  assertEquals([taken, std], [mean, [.229, .224, .225]]);
  await assertRejects(
    () => loadDataset("folder", tree.path, { std: [1] }),
    RangeError,
    "it takes data.std with 3 numbers, one for each channel, current are 1",
  );
});

Deno.test("photos in HEIC are refused with what to do", async () => {
  await using tree = await imageTree(...two("a", "b"), "b/IMG_1.HEIC", "a/x.jpe", "a/y.jfif", "a/z.ppm");
  await refuses(
    tree,
    RangeError,
    "convert them to JPEG, by heif-convert or on a Mac by sips -s format jpeg): b/IMG_1.HEIC",
  );
  Deno.removeSync(`${tree.path}/b/IMG_1.HEIC`);
  const { trained, tested } = await load(tree);
  assertEquals(trained.length + tested.length, 7);
});
