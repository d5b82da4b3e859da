// Measures images a second out of JPEG files: decode, shorter side 256, random crop 224, mirror, jittered colours.
// torchvision, which also normalises, takes turns on the same files with as many Workers. Then decoded images are kept
// on disk.
//
//   deno task bench:data --help
//
// Without a folder of JPEGs, pictures like photos of 500 x 375 are made in .cache/photos, once. Our loader
// hands over 8-bit images, which the device normalises; torchvision hands over float32 tensors, as usual.
import process from "node:process";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { EncodedImages, Loader } from "../../data/mod.ts";
import { openCache } from "../../data/decode/mod.ts";
import { HELP, readOptions } from "../command_line.ts";
import { photo } from "./photos.ts";
import { pythonWith } from "../python.ts";

const BATCH = 64;
const command = {
  name: "bench:data",
  call: "deno task bench:data",
  about: "Measure images a second out of JPEG files, beside torchvision where there is one",
  flags: {
    images: { value: "N", about: `how many images, at least ${BATCH} (default: 512)` },
    workers: { value: "N", about: "Workers that decode, and as many of torchvision (default: 2)" },
    rounds: { value: "N", about: "passes that are timed (default: 5)" },
    python: { value: "FILE", about: "Python with torchvision (default: the first one found)" },
    photos: {
      value: "DIR",
      about: "folder of JPEGs (default: pictures that are made in .cache/photos, once)",
    },
    ...HELP,
  },
  example: "--images 1024 --photos DIR",
};
const { images, workers, rounds, python, photos } = readOptions(command, (given) => ({
  images: given.whole("images", BATCH) ?? 512,
  workers: given.whole("workers", 1) ?? 2,
  rounds: given.whole("rounds", 1) ?? 5,
  python: given.text("python") ?? undefined,
  photos: given.text("photos"),
}));
const files = photos === null ? await makePhotos(images) : jpegsOf(photos).slice(0, images);
if (files.length < BATCH) {
  console.error(
    `error: Cannot measure: it takes ${BATCH} JPEG files, current folder ${photos} has ${files.length}`,
  );
  Deno.exit(1);
}
const bytes = files.reduce((sum, file) => sum + Deno.statSync(file).size, 0);
console.log(
  `${files.length} JPEGs of ${
    Math.round(bytes / files.length / 1024)
  } KiB, ${workers} Workers each, batch ${BATCH}`,
);

const set = new EncodedImages({
  files,
  classNames: ["photo"],
  ranges: null,
  shorter: 256,
  maxPixels: 1e8,
  maxBroken: 0,
  cache: null,
  labels: new Uint32Array(new SharedArrayBuffer(4 * files.length)),
  height: 224,
  width: 224,
  channels: 3,
});
const jitter = { brightness: .4, contrast: .4, saturation: .4, hue: 0 };
const augment = { pad: 0, flip: true, jitter };
using loader = new Loader(set, { batch: BATCH, workers, augment, seed: 0 });
const theirs = await torchvision();

const ours: EpochTime[] = [], others: EpochTime[] = [];
for (let round = 0; round <= rounds; round++) {
  const our = await runEpoch(round), other = await theirs?.epoch();
  if (round === 0) continue; // starts Workers, compiles code, brings files into memory
  ours.push(our);
  if (other) others.push(other);
  console.log(`round ${round}: ${describeEpochs([our], other ? [other] : [])}`);
}
await theirs?.end();
console.log(`medians: ${describeEpochs(ours, others)}`);

const folder = `${Deno.cwd()}/.cache/bench-images`;
const cache = await openCache(folder, 2 ** 30);
await using second = new Loader({ ...set, cache }, { batch: BATCH, workers, augment, seed: 0 });
const first = await runEpoch(0, second), later = [await runEpoch(1, second), await runEpoch(2, second)];
console.log(`with decoded images kept: ${describeEpochs([first], [])}, later ${describeEpochs(later, [])}`);
await Deno.remove(folder, { recursive: true });

/** The time that an epoch took. */
interface EpochTime {
  seconds: number;
  /** Processor time of all threads and processes; other programs on the machine hardly change it. */
  processorSeconds: number;
}

function describeEpochs(ours: EpochTime[], others: EpochTime[]): string {
  const tell = (epochs: EpochTime[]): string =>
    `${(files.length / median(epochs.map(({ seconds }) => seconds))).toFixed(0)} images/s ` +
    `(${
      (median(epochs.map(({ processorSeconds }) => processorSeconds)) / files.length * 1000).toFixed(1)
    } ms of processor)`;
  if (others.length === 0) return tell(ours);
  const ratio = median(ours.map(({ seconds }, i) => others[i].seconds / seconds));
  return `${tell(ours)}, torchvision ${tell(others)}, ratio ${ratio.toFixed(2)}`;
}

async function runEpoch(number: number, from = loader): Promise<EpochTime> {
  const start = performance.now(), before = process.cpuUsage();
  let count = 0;
  for await (const batch of from.epoch(number)) count += batch.count;
  if (count !== files.length) throw new Error(`Cannot measure: ${count} of ${files.length} images came`);
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - start) / 1000, processorSeconds: (user + system) / 1e6 };
}

/** Starts a process that runs an epoch of torchvision for each line it gets; null where no Python has torchvision. */
async function torchvision() {
  const found = await pythonWith("torchvision", python);
  if ("why" in found) {
    console.error(`Cannot compare with torchvision: ${found.why}`);
    return null;
  }
  const script = fileURLToPath(new URL("torchvision_loader.py", import.meta.url));
  const child = new Deno.Command(found.command, {
    args: [script, String(workers), String(BATCH)],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const send = (line: string) => input.write(new TextEncoder().encode(line + "\n"));
  await send(JSON.stringify(files));
  return {
    async epoch(): Promise<EpochTime> {
      await send("epoch");
      let line = "";
      while (!line.endsWith("\n")) {
        const { value, done } = await lines.read();
        if (done) throw new Error("Cannot measure torchvision: its process ended");
        line += value;
      }
      const [seconds, processorSeconds] = line.split(" ").map(Number);
      return { seconds, processorSeconds };
    },
    async end(): Promise<void> {
      await input.close();
      await child.status;
    },
  };
}

/** Makes the pictures that are missing. @returns The paths of all. */
async function makePhotos(count: number): Promise<string[]> {
  const folder = `${Deno.cwd()}/.cache/photos`;
  Deno.mkdirSync(folder, { recursive: true });
  const present = new Set(jpegsOf(folder));
  const names = Array.from({ length: count }, (_, i) => `${folder}/${String(i).padStart(5, "0")}.jpg`);
  const missing = names.filter((name) => !present.has(name));
  if (missing.length > 0) console.log(`Making ${missing.length} pictures in ${folder}`);
  for (const name of missing) {
    const raw = { height: 375, width: 500, channels: 3 } as const;
    const pixels = photo(names.indexOf(name), raw.height, raw.width);
    Deno.writeFileSync(name, await sharp(pixels, { raw }).jpeg({ quality: 90 }).toBuffer());
  }
  return names;
}

function jpegsOf(folder: string): string[] {
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((name) =>
    /\.jpe?g$/i.test(name)
  );
  return names.sort().map((name) => `${Deno.realPathSync(folder)}/${name}`);
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b), half = values.length >> 1;
  return values.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
