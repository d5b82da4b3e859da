// Images in files through the whole program: folders and lists of JPEGs of any size, networks for large images, the
// recipes in configs/ cut short.

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { hash32 } from "../../../data/mod.ts";
import { parseSafetensors } from "../../../engine/mod.ts";
import { everyclass, filesIn } from "../command.ts";
import { assertSelfContained } from "../report/page.ts";
import { root } from "./recipes.ts";

const folder = Deno.makeTempDirSync({ prefix: "everyclass-" });
const photos = join(folder, "photos");
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

const CLASSES = ["apple tree", "bee", "cloud"];
const COUNTS = { train: [14, 7, 3], test: [3, 3, 3] };

/** A JPEG of a colour of its class with noise of its own. */
async function jpeg(label: number, key: number): Promise<Uint8Array> {
  const [width, height] = [40 + hash32(key, 1) % 30, 40 + hash32(key, 2) % 30];
  const pixels = new Uint8Array(height * width * 3);
  pixels.forEach((_, i) => pixels[i] = (i % 3 === label ? 170 : 60) + hash32(key, i) % 60);
  return await sharp(pixels, { raw: { width, height, channels: 3 } }).jpeg().toBuffer();
}

const lists = { train: "", test: "" };
for (const [split, counts] of Object.entries(COUNTS)) {
  for (const [label, count] of counts.entries()) {
    for (let i = 0; i < count; i++) {
      const path = join(split, CLASSES[label], `image ${i}.jpg`);
      Deno.mkdirSync(dirname(join(photos, path)), { recursive: true });
      Deno.writeFileSync(join(photos, path), await jpeg(label, hash32(label, i, split.length)));
      lists[split as keyof typeof lists] += `${path} ${label}\n`;
    }
  }
}

const SMALL = "data.resize=36 data.size=32 network=resnet10 workers=1 seed=3";

/** A run of a recipe, cut short. */
function run(task: string, config: string, out: string, sets: string, ...more: string[]) {
  const keys = `${SMALL} ${sets}`.trim().split(" ").flatMap((key) => ["--set", key]);
  return everyclass(
    [
      task,
      "--config",
      join(root, "configs", config),
      "--data",
      photos,
      "--out",
      join(folder, out),
      ...keys,
      ...more,
    ],
    undefined,
    join(folder, "cache"),
  );
}

const summaryOf = (out: string) => JSON.parse(Deno.readTextFileSync(join(folder, out, "summary.json")));

const STAGE_1 = "minSteps=0 epochs=4 batch=8 optimizer.lr=0.02";
const GML = "epochs=2 batch=8 views=1 optimizer.schedule.steps=[1]";

Deno.test("own photos: stage 1 from scratch, then GML, from folders of JPEGs to a report", async () => {
  const short = join(folder, "stage1.yaml");
  const text = Deno.readTextFileSync(join(root, "configs/folder-ce.yaml"));
  Deno.writeTextFileSync(
    short,
    text.replace(/^epochs: \d+/m, "epochs: 2").replace(/^minSteps: \d+/m, "minSteps: 12")
      .replace(/^batch: \d+/m, "batch: 8").replace(/lr: [\d.]+/, "lr: 0.02"),
  );
  const { code, err } = await run("finetune", "folder.yaml", "folder", `stage1=${short} ${GML}`);
  assertEquals(code, 0, err);
  assertStringIncludes(err, "24 training images in 3 classes of 14 to 3, 9 test images");
  assertStringIncludes(err, "Epochs are raised from 2 to 4: 24 images in batches of 8 make 3 steps an epoch");
  assertStringIncludes(err, "stage 1: epoch 4 of 4");
  assertStringIncludes(err, "Classes with fewer than 10 training images, bee (7), cloud (3): no recall");
  assertStringIncludes(
    err,
    "Classes with fewer than 10 test images, apple tree (3), bee (3), cloud (3): their recalls",
  );
  const { before, after, images } = summaryOf("folder");
  assertEquals(images, { train: 24, test: 9 });
  assert(before.mean > 34 && after.mean > 34, `chance is 33: ${before.mean}, ${after.mean}`);
  assert(filesIn(join(folder, "folder")).includes("train-list.txt"));
  assertStringIncludes(Deno.readTextFileSync(join(folder, "folder", "recalls.csv")), "0,apple tree,14,");

  const evaluated = await run(
    "evaluate",
    "folder.yaml",
    "evaluated",
    "",
    "--checkpoint",
    join(folder, "folder", "checkpoint.safetensors"),
  );
  assertEquals(evaluated.code, 0, evaluated.err);
  assertEquals(summaryOf("evaluated").before, after);
  const report = Deno.readTextFileSync(join(folder, "evaluated", "report.html"));
  assertSelfContained(report);
  for (const text of ["was measured as it came", "Calibration</h2>", "<td>model</td>", "--config"]) {
    assertStringIncludes(report, text);
  }
  const wrong = summaryOf("evaluated").verdict.intervals.after.accuracy[0] < 100;
  assertEquals(/<img src="data:image\/(png|jpeg);base64,/.test(report), wrong);
});

Deno.test("ImageNet-LT's and Places-LT's recipes run on published lists, from the folder's network", async () => {
  const own = join(folder, "stage 1");
  const trained = await run("train", "folder-ce.yaml", "stage 1", STAGE_1);
  assertEquals(trained.code, 0, trained.err);
  Deno.writeTextFileSync(join(photos, "ImageNet_LT_train.txt"), lists.train);
  Deno.writeTextFileSync(join(photos, "ImageNet_LT_test.txt"), lists.test);
  const { after } = summaryOf("stage 1");
  for (const name of ["imagenet-lt-r50-gml", "imagenet-lt-x50-gml", "places-lt-r152-gml-las"]) {
    const sets = `${GML} ${name.startsWith("places") ? "extraBlock=false" : ""}`.trim();
    const { code, err } = await run(
      "finetune",
      `${name}.yaml`,
      name,
      sets,
      "--checkpoint",
      join(own, "checkpoint.safetensors"),
    );
    assertEquals(code, 0, err);
    assertEquals(summaryOf(name).before, after);
  }
});

Deno.test("Places-LT's stage 1 runs on published lists, with what is before the last stage frozen", async () => {
  const checkpoint = join(folder, "stage 1", "checkpoint.safetensors");
  const sets = "extraBlock=false epochs=1 batch=12 optimizer.lr=0.01";
  const { code, err } = await run(
    "train",
    "places-lt-r152-stage1.yaml",
    "block",
    sets,
    "--checkpoint",
    checkpoint,
  );
  assertEquals(code, 0, err);
  const [before, after] = [checkpoint, join(folder, "block", "checkpoint.safetensors")]
    .map((path) => parseSafetensors(Deno.readFileSync(path)).state);
  assertEquals(after.get("layer3.0.conv2.weight"), before.get("layer3.0.conv2.weight"));
  assertNotEquals(after.get("layer4.0.conv2.weight"), before.get("layer4.0.conv2.weight"));
});

Deno.test("a broken image is told by its path, and stops a run that takes none", async () => {
  const broken = join(photos, "train", "bee", "broken.jpg");
  const bytes = await jpeg(1, 7);
  const cases: [Uint8Array, string][] = [
    [bytes.subarray(0, bytes.length >> 1), "cut off or damaged"],
    [new Uint8Array(), "file is empty"],
    [new TextEncoder().encode("not an image"), "text"],
  ];
  try {
    for (const [content, cause] of cases) {
      Deno.writeFileSync(broken, content);
      const { code, err } = await run("train", "folder-ce.yaml", "refused", "minSteps=0 epochs=1 batch=9");
      assertEquals(code, 1, err);
      for (const part of [broken, cause, "at most 0 broken ones (data.maxBroken)"]) {
        assertStringIncludes(err, part);
      }
    }
    const { code, err } = await run(
      "train",
      "folder-ce.yaml",
      "taken",
      "minSteps=0 epochs=1 batch=9 data.maxBroken=1",
    );
    assertEquals(code, 0, err);
    assertEquals(err.split("is broken and counts as a black image").length, 2, err);
  } finally {
    Deno.removeSync(broken);
  }
});

Deno.test("a class without test images is told of, and counts in no metric", async () => {
  const cloud = join(photos, "test", "cloud");
  Deno.renameSync(cloud, join(folder, "cloud"));
  try {
    const { code, out, err } = await run(
      "train",
      "folder-ce.yaml",
      "untested",
      "minSteps=0 epochs=1 batch=9",
    );
    assertEquals(code, 0, err);
    assertStringIncludes(err, "1 of 3 classes have no test images and do not count in any metric: cloud");
    const rows = Deno.readTextFileSync(join(folder, "untested", "recalls.csv")).trim().split("\n");
    assertEquals(rows[3].slice(0, 12), "2,cloud,3,,,");
    const recalls = rows.slice(1, 3).map((row) => Number(row.split(",")[4]));
    const { after, verdict } = summaryOf("untested");
    assertEquals(after.mean, Number(((recalls[0] + recalls[1]) / 2).toFixed(4)));
    // The verdict is of the other classes, and says so.
    assertEquals(verdict.untestedClasses, [2]);
    assertEquals(verdict.sentences.at(-1)?.slice(0, 49), "cloud has no test images and counts in no number:");
    assertStringIncludes(out, verdict.sentences.at(-1)!);
    assertEquals(verdict.intervals.after.mean[0], after.mean);
    const report = Deno.readTextFileSync(join(folder, "untested", "report.html"));
    assertEquals([report.includes("NaN"), report.includes("cloud has no test images")], [false, true]);
  } finally {
    Deno.renameSync(join(folder, "cloud"), cloud);
  }
});
