// Bad input ends a run before it begins: one message that names what is wrong, exit code 1, and no file touched.

import { join } from "node:path";
import { encodeIdx, IDX_FILES } from "../../../data/containers/idx.ts";
import { writeSafetensors } from "../../../engine/mod.ts";
import { randomState } from "../problem.ts";
import { problem, refuses } from "./refuses.ts";

const [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS] = IDX_FILES;
const fixtures = new URL("../../fixtures/io/", import.meta.url);

/** A copy of the problem's images in which some files are others; null is none. */
function imagesWith(name: string, files: Record<string, Uint8Array | null>): string {
  const folder = problem.path(name);
  Deno.mkdirSync(folder);
  for (const file of IDX_FILES) Deno.copyFileSync(join(problem.data, file), join(folder, file));
  for (const [file, bytes] of Object.entries(files)) {
    if (bytes) Deno.writeFileSync(join(folder, file), bytes);
    else Deno.removeSync(join(folder, file));
  }
  return folder;
}

/** Refuses a run on these images. */
function refusesImages(
  name: string,
  files: Record<string, Uint8Array | null>,
  ...words: string[]
): Promise<void> {
  return refuses("finetune", problem.flags("run", "", { data: imagesWith(name, files) }), ...words);
}

const read = (file: string) => Deno.readFileSync(join(problem.data, file));
const labelsOf = (count: number, label: (i: number) => number) =>
  encodeIdx([count], Uint8Array.from({ length: count }, (_, i) => label(i)));

Deno.test("images that are missing, cut short or wrongly labelled are refused by name", async () => {
  await refusesImages(
    "incomplete",
    { [TEST_LABELS]: null },
    `Cannot find ${problem.path("incomplete", TEST_LABELS)}`,
  );
  await refusesImages(
    "cut",
    { [TRAIN_IMAGES]: read(TRAIN_IMAGES).slice(0, 1000) },
    problem.path("cut", TRAIN_IMAGES),
    "cut short",
  );
  await refusesImages("empty", { [TEST_IMAGES]: new Uint8Array() }, problem.path("empty", TEST_IMAGES));
  const names = new TextEncoder().encode("a\nb\nc\n");
  await refusesImages(
    "out of range",
    { "classes.txt": names },
    "labels from 0 to 2",
    "current label of image 3 is 3",
  );
  const elsewhere = "get cifar-100-python.tar.gz from https://";
  await refuses("finetune", problem.flags("run", "data.source=cifar100"), problem.data, elsewhere);
});

Deno.test("a class that cannot be learned is refused by name", async () => {
  const four = new TextEncoder().encode("shirt\ncoat\nbag\nboot\n");
  const untrained = { "classes.txt": four, [TRAIN_LABELS]: labelsOf(400, (i) => i % 3) };
  await refusesImages(
    "untrained",
    untrained,
    "it takes training images of every class, current are none of class 3 (boot)",
    "the data set has none",
  );
  await refuses(
    "finetune",
    problem.flags("run", "data.ratio=1000"),
    "class 3 (3)",
    "imbalance ratio 1000 is too high",
  );
});

Deno.test("a checkpoint that is missing, damaged, dangerous or of another network is refused", async () => {
  const flags = (file: string) => problem.flags("run", "", { checkpoint: file });
  const write = (name: string, bytes: Uint8Array) => {
    Deno.writeFileSync(problem.path(name), bytes);
    return flags(problem.path(name));
  };
  await refuses(
    "finetune",
    flags(problem.path("none.pt")),
    problem.path("none.pt"),
    "it takes a file, current path leads to none",
  );
  const good = Deno.readFileSync(problem.checkpoint);
  await refuses(
    "finetune",
    write("cut.safetensors", good.slice(0, good.length - 5)),
    "cut.safetensors",
    "cut short",
  );
  const system = new URL("calls_system.pt", fixtures).pathname;
  await refuses("evaluate", flags(system), "calls_system.pt", "system");
  const deeper = write("deeper.safetensors", writeSafetensors(randomState("resnet14", 4)));
  await refuses("finetune", deeper, "resnet8", "layer1.1.conv1.weight");
  const wider = write("wider.safetensors", writeSafetensors(randomState("resnet8", 7)));
  await refuses("evaluate", wider, "linear.weight [7, 64]", "[4, 64]");
  const colour = write("colour.safetensors", writeSafetensors(randomState("resnet8", 4, 3)));
  await refuses("finetune", colour, "conv1.weight [16, 3, 3, 3]", "[16, 1, 3, 3]");
  const broken = randomState("resnet8", 4);
  (broken.get("bn1.bias")!.data as Float32Array)[3] = NaN;
  await refuses(
    "finetune",
    write("broken.safetensors", writeSafetensors(broken)),
    "broken.safetensors",
    "bn1.bias",
  );
  await refuses(
    "finetune",
    problem.flags("run", "stage1=null", { checkpoint: null }),
    "--checkpoint FILE",
  );
  await refuses("evaluate", [...problem.flags("run"), "--ensemble", problem.path("none.pt")], "none.pt");
});

Deno.test("a config of wrong types is refused with what each key takes", async () => {
  await refuses(
    "finetune",
    problem.flags("run", "epochs=many"),
    "epochs takes a whole number",
    'current value is "many"',
  );
  const file = problem.path("wrong.yaml");
  Deno.writeTextFileSync(file, "optimizer: fast\nbatch: [128]\nlos: gml\n");
  await refuses(
    "evaluate",
    ["--config", file],
    file,
    "optimizer takes",
    "batch takes",
    "los is not a key; the nearest is loss",
  );
});

Deno.test("a place that cannot be written to is refused before any work", async () => {
  const inTheWay = problem.path("data", TRAIN_IMAGES);
  await refuses(
    "finetune",
    problem.flags("run", "", { out: inTheWay }),
    inTheWay,
    "a file of that name is in the way",
  );
  Deno.mkdirSync(problem.path("earlier"));
  Deno.writeTextFileSync(problem.path("earlier/summary.json"), "{}");
  await refuses("finetune", problem.flags("earlier"), "it holds summary.json of an earlier run");
  const below = join(inTheWay, "labels.txt");
  await refuses(
    "evaluate",
    [...problem.flags("run"), "--predictions", below],
    `Cannot write ${below}: a file`,
  );
  // The folder that was made for the labels is gone again.
  const nowhere = problem.flags("run", "", { checkpoint: problem.path("none.pt") });
  await refuses("evaluate", [...nowhere, "--predictions", problem.path("new/labels.txt")], "none.pt");
  await refuses(
    "evaluate",
    [...problem.flags("run"), "--predictions", problem.data],
    `Cannot write ${problem.data}`,
  );
});
