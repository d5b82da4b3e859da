// A made-up long-tailed problem, small enough for a software adapter: grey images in MNIST's files, and a stage-1
// checkpoint of a ResNet-8 with random convolutions.

import { join } from "node:path";
import { encodeIdx, IDX_FILES } from "../../data/containers/idx.ts";
import { hash32 } from "../../data/mod.ts";
import { networkOf, type StateDict, stateShapes, writeSafetensors } from "../../engine/mod.ts";
import { type Config, loadConfig } from "../../train/config/load.ts";
import { TerminalProgress } from "../../train/terminal/progress.ts";
import type { Setup } from "../../train/setup/setup.ts";
import { setUp, type SetupOptions } from "../../train/setup/set_up.ts";

/** Progress that shows nothing. */
export const quiet: TerminalProgress = new TerminalProgress({ mode: "quiet" });

const CLASSES = 4;

/** Height and width of an image, unless a test asks for others. */
const SIZE = 12;

/** Images a class: with imbalance ratio 10 training keeps 100, 46, 21 and 10 of them, 177 together. */
const TRAIN_IMAGES = 100;
const TEST_IMAGES = 30;

/** A folder with the problem's files, removed at the end of the test file. */
export class Problem {
  readonly folder: string = Deno.makeTempDirSync({ prefix: "everyclass-" });
  /** Folder of the images. */
  readonly data: string = join(this.folder, "data");
  /** The stage-1 checkpoint. */
  readonly checkpoint: string = join(this.folder, "stage1.safetensors");

  /** @param size Height and width of an image. */
  constructor(size = SIZE) {
    addEventListener("unload", () => Deno.removeSync(this.folder, { recursive: true }));
    Deno.mkdirSync(this.data);
    const [train, test] = [imagesOf(TRAIN_IMAGES, 1, size), imagesOf(TEST_IMAGES, 2, size)];
    [train.images, train.labels, test.images, test.labels].forEach((bytes, i) =>
      Deno.writeFileSync(join(this.data, IDX_FILES[i]), bytes)
    );
    Deno.writeFileSync(this.checkpoint, writeSafetensors(randomState("resnet8", CLASSES)));
  }

  /** A path in the folder. */
  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** The config of a run. @param sets More config keys, such as `epochs=2 loss=ce`. */
  config(sets = ""): Promise<Config> {
    return loadConfig(null, { data: this.data, checkpoint: this.checkpoint, set: keysOf(sets) });
  }

  /** What a run of this config works with. */
  async setUp(sets = "", options: Partial<SetupOptions> = {}): Promise<{ setup: Setup; config: Config }> {
    const config = await this.config(sets);
    return { setup: await setUp(config, quiet, { cache: this.path("cache"), ...options }), config };
  }

  /**
   * The flags of a re-training of this problem.
   *
   * @param name Name of its folder. @param sets More config keys. @param files Other files; null leaves a flag out.
   */
  flags(
    name: string,
    sets = "",
    files: { data?: string; checkpoint?: string | null; out?: string } = {},
  ): string[] {
    const { data = this.data, checkpoint = this.checkpoint, out = this.path(name) } = files;
    return [
      ...["--data", data, "--out", out],
      ...(checkpoint === null ? [] : ["--checkpoint", checkpoint]),
      ...keysOf(sets).flatMap((key) => ["--set", key]),
    ];
  }

  /** The flags of a `train` run of this problem, which stores no features. @param files As of `flags`. */
  trainFlags(name: string, sets = "", files: Parameters<Problem["flags"]>[2] = {}): string[] {
    const flags = this.flags(name, sets, files);
    return flags.filter((flag, i) => ![flag, flags[i + 1]].includes(FEATURES_IN_MEMORY));
  }
}

/** The place of the features of these small problems, whatever a config asks for. */
const FEATURES_IN_MEMORY = "featureBank=auto";

/** The keys that all runs share, so that they share shaders too, but no features; and more of them. */
function keysOf(sets: string): string[] {
  const shared = "data.source=idx data.ratio=10 epochs=3 batch=59 optimizer.schedule.kind=constant " +
    `data.augment.pad=1 ${FEATURES_IN_MEMORY}`;
  return `${shared} ${sets}`.trim().split(" ");
}

/** A network's state: He-normal convolutions, batch norms that change nothing, a small random classifier. */
export function randomState(name: string, classes: number, channels = 1): StateDict {
  const state: StateDict = new Map();
  for (const [tensor, shape] of stateShapes(networkOf(name, { classes, channels }))) {
    const scale = shape.length === 4 ? Math.sqrt(2 / (shape[0] * shape[2] * shape[3])) : 0.1;
    const fill = /bn\d\.weight|running_var/.test(tensor) ? 1 : /bias|running_mean/.test(tensor) ? 0 : null;
    const size = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: size }, (_, i) => fill ?? scale * normal(shape.length, i));
    state.set(tensor, { dtype: "f32", shape, data });
  }
  return state;
}

/** IDX files of images of each class in turn: stripes of the class's direction, anywhere, under noise. */
function imagesOf(perClass: number, seed: number, size: number): { images: Uint8Array; labels: Uint8Array } {
  const count = perClass * CLASSES;
  const labels = Uint8Array.from({ length: count }, (_, i) => i % CLASSES);
  const images = new Uint8Array(count * size * size);
  for (let i = 0; i < images.length; i++) {
    const [image, row, col] = [Math.floor(i / size / size), Math.floor(i / size) % size, i % size];
    const angle = Math.PI * labels[image] / CLASSES;
    const phase = (Math.cos(angle) * row + Math.sin(angle) * col) * Math.PI / 2 + hash32(seed, image);
    images[i] = Math.min(255, Math.max(0, 128 + 50 * Math.sin(phase) + 10 * normal(seed, i)));
  }
  return { images: encodeIdx([count, size, size], images), labels: encodeIdx([count], labels) };
}

/** The i-th standard normal number of a seed. */
function normal(seed: number, i: number): number {
  const uniform = (half: number) => (hash32(seed, i, half) + 0.5) / 2 ** 32;
  return Math.sqrt(-2 * Math.log(uniform(0))) * Math.cos(2 * Math.PI * uniform(1));
}
