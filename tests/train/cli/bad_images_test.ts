// Images of one's own that are wrong end a run before it begins: one message that names what is wrong, and no file touched.

import { dirname } from "node:path";
import { problem, refuses } from "./refuses.ts";

/** Flags of a training run on images of one's own, made of these files; their content matters to none of the checks. */
function ownImages(name: string, files: Record<string, string | Uint8Array>, ...sets: string[]): string[] {
  for (const [path, content] of Object.entries(files)) {
    const file = problem.path(name, path);
    Deno.mkdirSync(dirname(file), { recursive: true });
    if (typeof content === "string") Deno.writeTextFileSync(file, content);
    else Deno.writeFileSync(file, content);
  }
  const keys = ["data.ratio=1", ...sets].flatMap((key) => ["--set", key]);
  return ["--data", problem.path(name), "--out", problem.path("run"), ...keys];
}

const images = (...paths: string[]) => Object.fromEntries(paths.map((path) => [path, "an image"]));

Deno.test("a list that is wrong is refused with its lines", async () => {
  const three = images("a/1 one.jpg", "b/2.jpg", "b/3.jpg");
  const refusesList = (name: string, list: string, ...words: string[]) => {
    const flags = ownImages(
      name,
      { ...three, "list.txt": list },
      "data.source=list",
      `data.train=${problem.path(name, "list.txt")}`,
    );
    return refuses("train", flags, problem.path(name), ...words);
  };
  await refusesList(
    "missing",
    "a/1 one.jpg 0\r\nb/none.jpg 1\r\n",
    "1 of 2 are not there: line 2: b/none.jpg",
  );
  await refusesList(
    "text",
    "a/1 one.jpg 0\nb/2.jpg bee\n",
    'a whole number as its label, current line 2 is "b/2.jpg bee"',
  );
  await refusesList(
    "gap",
    "a/1 one.jpg 0\nb/2.jpg 2\n",
    "every label from 0 to the largest, 2, current lack 1",
  );
  await refusesList("twice", "b/2.jpg 0\nb/3.jpg 1\nb/2.jpg 0\n", "line 3 repeats line 1: b/2.jpg");
  await refusesList(
    "both",
    "b/2.jpg 0\nb/3.jpg 1\nb/2.jpg 1\n",
    "line 3 gives b/2.jpg the label 1, and line 1 the label 0",
  );
  await refusesList(
    "climbing",
    "../climbing/b/2.jpg 0\nb/3.jpg 1\n",
    "relative and without .., current line 1",
  );
  await refusesList("of a folder", "b 0\nb/3.jpg 1\n", "files, no folders, current line 1: b");
  await refusesList("blank", "\n\n", "a line for each image, current file has none");
  await refusesList("alone", "b/2.jpg 0\nb/3.jpg 0\n", "two classes or more, current is 0");
  await refusesList(
    "single",
    "b/2.jpg 0\nb/3.jpg 0\na/1 one.jpg 1\n",
    "two or more of every class",
    "class with one: 1",
  );
});

Deno.test("a folder and Parquet files that are wrong are refused by name", async () => {
  const refusesFolder = (name: string, files: Record<string, string>, ...words: string[]) =>
    refuses("train", ownImages(name, files, "data.source=folder"), ...words);
  await refusesFolder("flat", images("1.jpg", "2.jpg"), problem.path("flat"), "2 images and no folder");
  await refusesFolder(
    "no class c",
    images("train/a/1.jpg", "train/c/2.jpg", "val/a/3.jpg", "val/d/4.jpg"),
    "the classes of the training images, current are others too: d",
  );
  await refusesFolder(
    "hollow",
    { ...images("a/1.jpg", "a/2.jpg"), "c/notes.txt": "" },
    "current have none: c",
  );
  Deno.mkdirSync(problem.path("round/a"), { recursive: true });
  Deno.symlinkSync("..", problem.path("round/a/up"));
  await refuses(
    "train",
    ownImages("round", images("a/1.jpg"), "data.source=folder"),
    "a/up leads to the folder itself",
  );
  const parquet = Deno.readFileSync(new URL("../../fixtures/data/parquet_odd/text.parquet", import.meta.url));
  const refusesParquet = (name: string, bytes: Uint8Array, ...words: string[]) =>
    refuses("train", ownImages(name, { "train.parquet": bytes }, "data.source=parquet"), ...words);
  await refusesParquet("no images", parquet, problem.path("no images/train.parquet"), "one column of images");
  await refusesParquet("cut", parquet.slice(0, 300), "train.parquet", "cut short or damaged");
});
