// Whole runs on data and settings at the ends of what a config takes: they end with finite numbers, or are refused by name.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { encodeIdx, IDX_FILES } from "../../../data/containers/idx.ts";
import { parseSafetensors, writeSafetensors } from "../../../engine/mod.ts";
import { everyclass } from "../command.ts";
import { Problem, randomState } from "../problem.ts";

const problem = new Problem();
const plain = () => data ??= problemOf(COUNTS, noise);
let data: string | undefined;

/** Keys of a short run; few batch sizes, as each has kernels to compile. */
const SHORT = "epochs=1 batch=37 data.ratio=1 data.duplicates=ignore";

/** Training images of each class of the problems here. */
const COUNTS = [40, 20, 9, 5];

/** A pixel that is nothing special. */
const noise = (image: number, at: number) => (image * 31 + at * 7 + image % 5 * at) % 256;

/** A problem of other images and labels, of which the first class has the most. */
function problemOf(counts: readonly number[], pixel: (image: number, at: number) => number): string {
  const folder = problem.path(`data ${Math.random()}`);
  Deno.mkdirSync(folder);
  const labels = Uint8Array.from(counts.flatMap((count, label) => new Array<number>(count).fill(label)));
  const side = 12;
  const images = Uint8Array.from(
    { length: labels.length * side * side },
    (_, i) => pixel(Math.floor(i / side / side), i % (side * side)),
  );
  const files = [encodeIdx([labels.length, side, side], images), encodeIdx([labels.length], labels)];
  [...files, ...files].forEach((bytes, i) => Deno.writeFileSync(`${folder}/${IDX_FILES[i]}`, bytes));
  return folder;
}

let runs = 0;

/** Ends a command with 0, and with a checkpoint of finite numbers. */
async function endsWell(command: "train" | "finetune", sets: string, data?: string): Promise<void> {
  const name = `run ${runs++}`;
  const { code, err } = await everyclass([command, ...flagsOf(command, name, sets, data), "--quiet"]);
  assertEquals([code, err], [0, ""], sets);
  const { state } = parseSafetensors(Deno.readFileSync(problem.path(name, "checkpoint.safetensors")));
  for (const [tensor, { data }] of state) {
    assert((data as Float32Array).every(Number.isFinite), `${sets}: ${tensor}`);
  }
}

/** Ends a command with 1, and with one sentence. */
async function isRefused(command: "train" | "finetune", sets: string, sentence: RegExp): Promise<void> {
  const { code, out, err } = await everyclass([
    command,
    ...flagsOf(command, `run ${runs++}`, sets),
    "--quiet",
  ]);
  assertEquals([code, out], [1, ""], sets);
  assertMatch(err, sentence);
  assertEquals(err.trimEnd().split("\n").length, 1, err);
}

function flagsOf(command: "train" | "finetune", name: string, sets: string, data = plain()): string[] {
  const keys = `${SHORT} ${sets}`.trim();
  return command === "train"
    ? problem.trainFlags(name, keys, { data, checkpoint: null })
    : problem.flags(name, `${keys} views=1`, { data });
}

const WELL: Record<string, { sets: string; data?: () => string; only?: "train" | "finetune" }> = {
  "a batch larger than the set": { sets: "batch=1000" },
  "a batch of one": { sets: "batch=1", only: "finetune" },
  "a batch of two": { sets: "batch=2 data.ratio=8", only: "train" },
  "images of one colour": { sets: "", data: () => problemOf(COUNTS, () => 77) },
  "black images": { sets: "", data: () => problemOf(COUNTS, () => 0) },
  "a class with a single image": {
    sets: "",
    data: () => problemOf([44, 20, 9, 1], noise),
  },
  "a tiny learning rate": { sets: "optimizer.lr=1e-38" },
  "temperatures at the ends": {
    sets: 'ensemble={"temperatureNew":1e-300,"temperatureOld":1e300}',
    only: "finetune",
  },
};

for (const [name, { sets, data, only }] of Object.entries(WELL)) {
  Deno.test(`${name}: ${only ?? "train and finetune"} end with finite numbers`, async () => {
    for (const command of ["train", "finetune"] as const) {
      if (only === undefined || only === command) await endsWell(command, sets, data?.());
    }
  });
}

const REFUSED: Record<string, { sets: string; sentence: RegExp; only?: "train" | "finetune" }> = {
  "a learning rate of 0": {
    sets: "optimizer.lr=0",
    sentence: /^error: .*optimizer\.lr takes a number above 0, current value is 0/,
  },
  "a huge learning rate": {
    sets: "optimizer.lr=1e30",
    sentence: /^error: Cannot go on with epoch 1: .* are in .*: the learning rate 1e\+30 is too high/,
  },
  "a huge weight decay": {
    sets: "optimizer.lr=0.1 optimizer.weightDecay=1e30",
    sentence:
      /^error: Cannot go on with epoch 1: .*: the weight decay 1e\+30 is too high for the learning rate 0\.1/,
  },
  "a batch of one": {
    sets: "batch=1",
    sentence: /^error: .*batch takes a whole number from 2 to 1048576, current value is 1/,
    only: "train",
  },
};

for (const [name, { sets, sentence, only }] of Object.entries(REFUSED)) {
  Deno.test(`${name}: ${only ?? "train and finetune"} refuse it in one sentence`, async () => {
    for (const command of ["train", "finetune"] as const) {
      if (only === undefined || only === command) await isRefused(command, sets, sentence);
    }
  });
}

Deno.test("a running variance below 0 is refused with the checkpoint, and where it stands", async () => {
  const state = randomState("resnet8", 4);
  state.get("layer2.0.bn1.running_var")!.data[3] = -0.5;
  const checkpoint = problem.path("negative.safetensors");
  Deno.writeFileSync(checkpoint, writeSafetensors(state));
  for (const command of ["finetune", "evaluate"]) {
    const { code, err } = await everyclass([
      command,
      ...problem.flags("negative", "", { checkpoint }),
      "--quiet",
    ]);
    assertEquals(code, 1);
    assertMatch(
      err,
      /^error: Cannot use the checkpoint .*negative\.safetensors\n.*current layer2\.0\.bn1\.running_var has -0\.5 at 3/,
    );
  }
});
