// deno task predict by a checkpoint alone: what evaluate says of the same images, whatever form it is written in.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { parseSafetensors, writeSafetensors } from "../../../engine/mod.ts";
import { CLASSES, copyTest, folder, makeModel, photo, run, write } from "./photos.ts";

const checkpoint = await makeModel();
const photos = copyTest("elsewhere");

interface Json {
  predictions: {
    file: string;
    class: string;
    probability: number;
    unsure: boolean;
    top: { name: string; probability: number }[];
  }[];
  unread: { file: string; cause: string }[];
}

/** The JSON of predict. */
async function predicted(...args: string[]): Promise<Json> {
  const { code, out, err } = await run("predict", ...args, "--json");
  assertEquals(code, 0, err);
  return JSON.parse(out);
}

/** Results of evaluate on the same images: a label each, and the means. */
async function evaluated(name: string, ...args: string[]) {
  const labels = join(folder, `${name}.txt`);
  const out = join(folder, name);
  const { code, err } = await run("evaluate", ...args, "--out", out, "--predictions", labels);
  assertEquals(code, 0, err);
  const names = Deno.readTextFileSync(labels).trimEnd().split("\n").map((label) => CLASSES[Number(label)]);
  return { names, summary: JSON.parse(Deno.readTextFileSync(join(out, "summary.json"))) };
}

const classes = ({ predictions }: Json) => predictions.map((one) => one.class);

Deno.test("predict by the file alone says what evaluate by the file alone says, of one model and of the ensemble", async () => {
  const data = ["--data", join(folder, "photos")];
  const one = await predicted(photos, "--checkpoint", checkpoint);
  assertEquals(classes(one), (await evaluated("alone", "--checkpoint", checkpoint, ...data)).names);
  assertEquals(one.predictions.length, 12);
  for (const { probability, top } of one.predictions) {
    assertEquals([top.length, top[0].probability], [2, probability]);
    assert(probability >= top[1].probability && probability < 1, `${probability}`);
  }
  const both = await predicted(photos, "--checkpoint", checkpoint, "--ensemble");
  const { names, summary } = await evaluated("ensemble", "--checkpoint", checkpoint, ...data, "--ensemble");
  assertEquals(classes(both), names);
  const { ensemble } = JSON.parse(Deno.readTextFileSync(join(folder, "run", "summary.json")));
  assertEquals(summary.ensemble, ensemble);
  assert(both.predictions.some(({ probability }, i) => probability !== one.predictions[i].probability));
  // The same second model from a file of its own.
  const stage1 = join(folder, "stage1", "checkpoint.safetensors");
  assertEquals(await predicted(photos, "--checkpoint", checkpoint, `--ensemble=${stage1}`), both);
});

Deno.test("the number of Workers changes no prediction", async () => {
  const [one, three] = await Promise.all(
    ["1", "3"].map((n) => predicted(photos, "--checkpoint", checkpoint, "--set", `workers=${n}`)),
  );
  assertEquals(three, one);
});

Deno.test("an ensemble is refused where the file has one model", async () => {
  const stage1 = join(folder, "stage1", "checkpoint.safetensors");
  const { code, err } = await run("predict", photos, "--checkpoint", stage1, "--ensemble");
  assertEquals(code, 1);
  for (const part of [stage1, "current file has one", "--ensemble=FILE"]) assertStringIncludes(err, part);
});

Deno.test("a checkpoint of an earlier version asks by name for what it does not tell", async () => {
  const { state, metadata } = parseSafetensors(Deno.readFileSync(checkpoint));
  const first = new Map([...state].filter(([name]) => !name.startsWith("ensemble.")));
  const earlier = ["program", "network", "dataset", "classes", "named", "trainImages"];
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => earlier.includes(key)));
  const old = write("old.safetensors", writeSafetensors(first, kept));
  const { code, err } = await run("predict", photos, "--checkpoint", old);
  assertEquals(code, 1);
  assertStringIncludes(err, "does not tell size, resize, mean, std:");
  const said = ["size=16", "resize=18", `mean=${metadata.mean}`, `std=${metadata.std}`];
  const flags = (keys: string[]) => keys.flatMap((key) => ["--set", key]);
  const now = await predicted(photos, "--checkpoint", checkpoint);
  assertEquals(await predicted(photos, "--checkpoint", old, ...flags(said)), now);
  // Another program's file tells nothing, not even the names of the classes.
  const bare = write("bare.safetensors", writeSafetensors(first));
  const asked = await run("predict", photos, "--checkpoint", bare);
  assertStringIncludes(asked.err, "does not tell network, names, size, resize, mean, std:");
  const names = write("names.txt", CLASSES.join("\n") + "\n");
  const all = flags([...said, "network=resnet8", `names=${names}`]);
  assertEquals(await predicted(photos, "--checkpoint", bare, ...all), now);
});

Deno.test("images that cannot be read are told by their paths and left out; a run without any fails", async () => {
  const sound = await photo(1, 5, "jpeg");
  write("mixed/a.jpg", sound);
  write("mixed/b.jpg", sound.subarray(0, sound.length >> 1));
  write("mixed/c.png", "");
  write("mixed/d.heic", "\0\0\0\x18ftypheic\0\0\0\0");
  write("mixed/e.bmp", "BM" + "\0".repeat(60));
  write("mixed/f.jpg", "no image");
  write("mixed/notes.md", "no image either");
  write("mixed/deeper/g.jpg", sound);
  const mixed = join(folder, "mixed");
  const { code, out, err } = await run(
    "predict",
    mixed,
    write("lists/gone.txt", "../mixed/gone.jpg\n"),
    "--checkpoint",
    checkpoint,
    "--json",
  );
  assertEquals(code, 0, err);
  const { predictions, unread } = JSON.parse(out) as Json;
  assertEquals(
    predictions.map(({ file }) => file),
    ["a.jpg", "deeper/g.jpg"].map((name) => join(mixed, name)),
  );
  const causes: [string, string][] = [
    ["b.jpg", "cut off or damaged"],
    ["c.png", "file is empty"],
    ["d.heic", "HEIC"],
    ["e.bmp", "BMP"],
    ["f.jpg", "text"],
    ["gone.jpg", "No such file"],
  ];
  assertEquals(unread.map(({ file }) => file), causes.map(([name]) => join(mixed, name)));
  causes.forEach(([, cause], i) => assertStringIncludes(unread[i].cause, cause));
  for (const [name] of causes) assertStringIncludes(err, `The image ${join(mixed, name)} is left out: `);
  assertStringIncludes(err, "Left out 1 file that no image is called like: 1 .md");
  assertStringIncludes(err, "2 of 8 images predicted; 6 could not be read");

  const none = await run("predict", join(mixed, "c.png"), "--checkpoint", checkpoint);
  assertEquals([none.code, none.out], [1, ""]);
  assertStringIncludes(none.err, "predict: 1 image in ");
  assertStringIncludes(none.err, "0 of 1 image predicted; 1 could not be read");
});

Deno.test("words that name no image are refused in one sentence, before the checkpoint is opened", async () => {
  const empty = join(folder, "empty");
  Deno.mkdirSync(empty, { recursive: true });
  const out = join(folder, "not made", "p.csv");
  const cases: [string, string][] = [
    [join(empty, "*.jpg"), `${empty}/*.jpg matches no image: ${empty} has no files`],
    [join(folder, "gone", "*.jpg"), `gone/*.jpg matches no image: ${folder}/gone is not there`],
    [join(folder, "gone"), `current ${folder}/gone is not there`],
    [join(folder, "gone.jpg"), `current ${folder}/gone.jpg is not there`],
    [empty, `current ${empty} has no files`],
  ];
  for (const [word, words] of cases) {
    const { code, err } = await run(
      "predict",
      photos,
      word,
      "--checkpoint",
      join(folder, "none"),
      "--out",
      out,
    );
    assertEquals(code, 1);
    assertMatch(err, /^error: Cannot predict: it takes images, folders and lists of them, .*\n$/);
    assertStringIncludes(err, words);
  }
  assertEquals(await Deno.stat(join(folder, "not made")).catch(() => null), null);
});

Deno.test("CSV quotes what has to be quoted, and says unsure below the threshold", async () => {
  const image = write(`odd/a, "b".png`, await photo(0, 9));
  const out = join(folder, "written", "p.csv");
  const args = ["predict", join(folder, "odd"), "--checkpoint", checkpoint, "--out", out, "--topk", "3"];
  assertEquals((await run(...args)).code, 0);
  const [head, row] = Deno.readTextFileSync(out).split("\n");
  assertEquals(
    head,
    "file,class,probability,class_1,probability_1,class_2,probability_2,class_3,probability_3",
  );
  const quoted = (text: string) => /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const { predictions: [{ top, probability }] } = await predicted(
    image,
    "--checkpoint",
    checkpoint,
    "--topk",
    "9",
  );
  assertEquals(top.length, 3);
  const ranks = top.flatMap(({ name, probability }) => [quoted(name), probability]);
  assertEquals(row, [quoted(image), quoted(top[0].name), probability, ...ranks].join());
  assert(Math.abs(top.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-4);

  const unsure = await run(...args, "--threshold", String(probability + 0.001));
  assertEquals(unsure.code, 0);
  assertStringIncludes(unsure.err, "1 of them unsure");
  assertEquals(
    Deno.readTextFileSync(out).split("\n")[1],
    [quoted(image), "unsure", probability, ...ranks].join(),
  );
  await run(...args, "--threshold", String(probability - 0.001));
  assertEquals(Deno.readTextFileSync(out).split("\n")[1], row);
});

Deno.test("JSON lines, the table on a terminal and the gallery tell the same", async () => {
  const flags = [photos, "--checkpoint", checkpoint, "--threshold", "0.4"];
  const { predictions } = await predicted(...flags);
  const lines = join(folder, "p.jsonl"), page = join(folder, "p.html");
  assertEquals((await run("predict", ...flags, "--out", lines)).code, 0);
  assertEquals(
    Deno.readTextFileSync(lines).trimEnd().split("\n").map((line) => JSON.parse(line)),
    predictions,
  );

  const { out } = await run("predict", ...flags);
  const [head, , ...rows] = out.trimEnd().split("\n");
  assertMatch(head, /^file +class +runner-up$/);
  assertEquals(rows.length, predictions.length);
  predictions.forEach(({ file, top: [best, second] }, i) => {
    for (const part of [file, best.name, second.name]) assertStringIncludes(rows[i], part);
    assertStringIncludes(rows[i], `${(100 * best.probability).toFixed(1)} %`);
  });

  assertEquals((await run("predict", ...flags, write("mixed/bad <b>.png", ""), "--out", page)).code, 0);
  const html = Deno.readTextFileSync(page);
  assertStringIncludes(html, `content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`);
  assertEquals(/<script|<link|<iframe|@import|\son\w+=|https?:\/\//i.exec(html), null);
  assertEquals(html.match(/<img src="data:image\/webp;base64,[A-Za-z0-9+/=]+"/g)?.length, 12);
  assertStringIncludes(html, "bad &lt;b&gt;.png: ");
  const byRank = [...html.matchAll(/--rank: (\d+)"[^]*?<meter value="([\d.]+)">/g)]
    .sort(([, a], [, b]) => Number(a) - Number(b)).map(([, , value]) => Number(value));
  assertEquals(byRank.length, 12);
  assertEquals(byRank, byRank.toSorted((a, b) => a - b));
});

Deno.test("predict asks for what the command line lacks", async () => {
  const cases: [string[], string][] = [
    [[photos], "give one with --checkpoint FILE"],
    [["--checkpoint", checkpoint], "it takes images, none are given"],
    [[photos, "--checkpoint", checkpoint, "--out", "p.xml"], "it takes a file in .csv, .jsonl, .html"],
    [[photos, "--checkpoint", checkpoint, "--threshold", "2"], "it takes a number from 0 to 1"],
    [[photos, "--checkpoint", checkpoint, "--set", "sizes=3"], "the nearest is size"],
    [[photos, "--checkpoint", checkpoint, "--set", "std=[0]"], "std takes a list of a number above 0"],
    [[photos, "--checkpoint", checkpoint, "--data", "d"], "not a flag of predict"],
    [[photos, "--checkpoint", join(folder, "none")], "Cannot read the checkpoint"],
  ];
  for (const [args, words] of cases) {
    const { code, err } = await run("predict", ...args);
    assertEquals(code, 1, words);
    assertStringIncludes(err, words);
  }
});

Deno.test("predict with too small a budget is told with what takes how much, and leaves an earlier file", async () => {
  const out = write("kept.csv", "earlier");
  for (const budget of ["0.0005", "1e-9"]) {
    const words = ["--checkpoint", checkpoint, "--out", out, "--set", `memoryBudget=${budget}`, "--quiet"];
    const { code, err } = await run("predict", photos, ...words);
    assertEquals(code, 1, err);
    assertMatch(err, /^error: Cannot .*raise memoryBudget/);
    if (budget !== "1e-9") assertMatch(err, /\nIn use:\n( +[\d.]+ \S+ {2}\S.*\n)+$/);
    assertEquals(Deno.readTextFileSync(out), "earlier");
  }
});
