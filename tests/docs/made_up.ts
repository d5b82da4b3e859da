// Made-up files in place of those that the commands of the pages name, and keys that make their runs short.

import { dirname, join } from "node:path";
import sharp from "sharp";
import { hash32 } from "../../data/mod.ts";
import { writeSafetensors } from "../../engine/mod.ts";
import { commands } from "../../train/cli/main.ts";
import { methodsOf, root } from "../train/cli/recipes.ts";
import { writeNpy } from "../../formats/numpy/mod.ts";
import { labelsOf, MadeUpFeatures, rowsOf, WIDTH } from "../train/made_up_features.ts";
import { Problem, randomState } from "../train/problem.ts";

/** A folder with everything: grey images of four classes in IDX files, and a model for them. */
const problem = new Problem();

/** Features as files of every form. */
const features = new MadeUpFeatures();

/** Folder where runs keep files for later runs: every run begins with nothing, but for what a run before it left. */
export const cache: string = problem.path("cache");

/** Keys that make a run short, by the kind of its images. */
const SHORT = {
  idx: "network=resnet8 data.source=idx data.ratio=10 data.augment.pad=1 batch=59 workers=1",
  folder: "network=resnet8 data.resize=18 data.size=16 batch=8 workers=1",
};
/** Keys that make a run of a command short. */
const SHORTER: Record<string, string> = {
  train: "epochs=1 optimizer.schedule.kind=constant optimizer.schedule.warmup=0",
  profile: "batch=8",
  "retrain-features": "epochs=2 optimizer.schedule.kind=constant",
  "": "epochs=2 views=1 optimizer.schedule.kind=constant",
};

/** The first row of the methods in configs/README.md that has a second stage, and the first that has no such. */
const methods = methodsOf(Deno.readTextFileSync(join(root, "configs/README.md")));
const flagsOf = (runs: number, at: number) => {
  const { config, set } = methods.find((method) => method.runs.length === runs)!.runs.at(at)!;
  return ["--config", config, ...set.flatMap((key) => ["--set", key])];
};

/** The run that leaves what a later command takes from a folder of runs. */
export const LEFT_BY: Record<string, string> = {
  "runs/fashion-lt-gml": "finetune",
  "runs/fashion-lt-gml-2": "finetune --seed 1",
  "runs/folder": "finetune --config configs/folder.yaml --data DIR",
  "runs/NAME": "train FLAGS --data DIR",
};

/** The flags of a command: quotes taken off, its files in place of the names in capitals, cut short. */
export function argumentsOf(command: string): { args: string[]; out: string | null } {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2]);
  const name = Object.keys(commands).find((name) => `${command} `.startsWith(`${name} `));
  if (name === undefined) throw new Error(`${command} is no command of the program`);
  const count = name.split(" ").length;
  const flagged = words.slice(count).flatMap((word) =>
    word !== "FLAGS"
      ? [word]
      : name === "finetune"
      ? flagsOf(2, -1)
      : flagsOf(3, words.includes("--checkpoint") ? 1 : 0)
  );
  const about = flagged.indexOf("--config") + 1;
  const photos = about > 0 && flagged[about].includes("folder");
  const ours = flagged.map((word, i) => fileOf(word, flagged[i - 1] ?? "", photos));
  const takes: readonly string[] = commands[name].flags;
  const args = [...words.slice(0, count), ...ours];
  if (flagged.includes("--help")) return { args, out: null };
  const given = ours.indexOf("--out") + 1;
  let out = given > 0 ? ours[given] : null;
  if (out === null && takes.includes("out") && name !== "predict") {
    const left = Object.entries(LEFT_BY).find(([, left]) => left === command)?.[0];
    out = problem.path(
      left ?? `runs/${hash32(...new TextEncoder().encode(command))}${name === "compare" ? ".html" : ""}`,
    );
    args.push("--out", out);
  }
  if (takes.includes("data") && name !== "profile" && !ours.includes("--data")) {
    args.push("--data", problem.data);
  }
  if (takes.includes("config")) {
    const images = name === "retrain-features" ? "" : photos ? SHORT.folder : SHORT.idx;
    const keys = `${images} ${SHORTER[name] ?? SHORTER[""]}`.trim().split(" ");
    if (["finetune", "evaluate"].includes(name) && !ours.includes("--checkpoint")) {
      keys.push(`stage1=${stage1}`);
    }
    return { args: withKeys(args, keys), out };
  }
  return { args, out };
}

/** The flags with more keys, without the keys of theirs that these set. */
function withKeys(args: string[], keys: readonly string[]): string[] {
  const set = new Set(keys.map((key) => key.split("=")[0]));
  const kept = args.filter((word, i) =>
    !(word === "--set" && set.has(args[i + 1].split("=")[0])) &&
    !(args[i - 1] === "--set" && set.has(word.split("=")[0]))
  );
  return [...kept, ...keys.flatMap((key) => ["--set", key])];
}

/** The file that stands in for a word of a command. */
function fileOf(word: string, flag: string, photos: boolean): string {
  if (word.startsWith("--") || flag === "--set") return word;
  if (flag === "--config") return join(root, word === "FILE" ? "configs/cifar100-lt-ce.yaml" : word);
  if (flag === "--data") return photos ? problem.path("photos of classes") : problem.data;
  if (flag === "--checkpoint" && /(^|=)FILE$/.test(word)) return word.replace(/FILE$/, problem.checkpoint);
  if (/\.np[yz](:\w+)?$/.test(word)) return features.path(word);
  if (word === "costs.csv") return problem.path(word);
  if (flag === "--out" || /^(runs\/|photos|more\/|PHOTOS)|\.pth$/.test(word)) return problem.path(word);
  return word;
}

/** Writes a file below the folder. */
function write(path: string, content: Uint8Array | string): string {
  const file = problem.path(path);
  Deno.mkdirSync(dirname(file), { recursive: true });
  Deno.writeFileSync(file, typeof content === "string" ? new TextEncoder().encode(content) : content);
  return file;
}

/** A JPEG of a colour of its class under noise of its own. */
async function photo(label: number, key: number): Promise<Uint8Array> {
  const [width, height] = [20 + hash32(key, 1) % 8, 20 + hash32(key, 2) % 8];
  const pixels = new Uint8Array(height * width * 3);
  pixels.forEach((_, i) => pixels[i] = (i % 3 === label ? 150 : 70) + hash32(key, i) % 80);
  return await sharp(pixels, { raw: { width, height, channels: 3 } }).jpeg().toBuffer();
}

/** The config of a stage 1 that is trained where a command has no checkpoint. */
const stage1 = write("stage1.yaml", "name: short\nepochs: 1\noptimizer: { schedule: { warmup: 0 } }\n");

write("resnet50.pth", writeSafetensors(randomState("resnet8", 1000, 3)));
for (const [label, name] of ["ant", "bee", "cloud"].entries()) {
  for (let i = 0; i < [14, 9, 6][label]; i++) {
    write(`photos of classes/${name}/${i}.jpg`, await photo(label, hash32(label, i)));
  }
}
for (const path of ["photos/1.jpg", "photos/2.jpg", "more/3.jpg"]) {
  write(path, await photo(path.length % 3, 1));
}
write(
  "PHOTOS/1.png",
  await sharp(new Uint8Array(144).fill(99), { raw: { width: 12, height: 12, channels: 1 } }).png().toBuffer(),
);
write("costs.csv", "0,1,1,1\n1,0,1,1\n1,1,0,1\n9,1,1,0\n");
for (const [name, labels, seed] of [["test", features.test, 2], ["val", labelsOf([9, 9, 9]), 3]] as const) {
  const shape = [labels.length, WIDTH];
  features.write(`${name}.npy`, writeNpy({ shape, dtype: "f32", data: rowsOf(labels, seed) }));
  const data = Int32Array.from(labels);
  features.write(`${name}-labels.npy`, writeNpy({ shape: [labels.length], dtype: "i32", data }));
}
