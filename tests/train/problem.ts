// A made-up long-tailed problem, small enough for a software adapter: grey images in MNIST's files, and a stage-1
// checkpoint of a ResNet-8 with random convolutions.

import { join } from "node:path";
import { IDX_FILES } from "../../data/idx.ts";
import { encodeIdx } from "../../data/idx.ts";
import { hash32 } from "../../data/mod.ts";
import { networkOf, type StateDict, stateShapes, writeSafetensors } from "../../engine/mod.ts";

/** Classes of the problem. */
export const CLASSES = 4;

/** Height and width of an image. */
const SIZE = 12;

/** Images a class: with imbalance ratio 10 training keeps 60, 27, 12 and 6 of them, 105 together. */
const TRAIN_IMAGES = 60;
const TEST_IMAGES = 30;

/** A folder with the problem's files, removed when disposed of. */
export class Problem implements Disposable {
  readonly folder: string = Deno.makeTempDirSync({ prefix: "everyclass-" });
  /** Folder of the images. */
  readonly data: string = join(this.folder, "data");
  /** The stage-1 checkpoint. */
  readonly checkpoint: string = join(this.folder, "stage1.safetensors");

  constructor() {
    Deno.mkdirSync(this.data);
    const [train, test] = [imagesOf(TRAIN_IMAGES, 1), imagesOf(TEST_IMAGES, 2)];
    for (const [i, bytes] of [train.images, train.labels, test.images, test.labels].entries()) {
      Deno.writeFileSync(join(this.data, IDX_FILES[i]), bytes);
    }
    Deno.writeFileSync(this.checkpoint, writeSafetensors(randomState("resnet8", CLASSES)));
  }

  /** A path in the folder. */
  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** A network's state: He-normal convolutions, batch norms that change nothing, a small random classifier. */
export function randomState(name: string, classes: number, channels = 1): StateDict {
  const network = networkOf(name, { classes, channels });
  const state: StateDict = new Map();
  for (const [tensor, shape] of stateShapes(network)) {
    const size = shape.reduce((a, b) => a * b, 1);
    const scale = shape.length === 4 ? Math.sqrt(2 / (shape[0] * shape[2] * shape[3])) : 0.1;
    const one = /bn\d\.weight|running_var/.test(tensor);
    const zero = /bias|running_mean/.test(tensor);
    const data = Float32Array.from(
      { length: size },
      (_, i) => one ? 1 : zero ? 0 : scale * normal(shape.length, i),
    );
    state.set(tensor, { dtype: "f32", shape, data });
  }
  return state;
}

/** IDX files of images of each class in turn: a class's pattern of blocks under noise. */
function imagesOf(perClass: number, seed: number): { images: Uint8Array; labels: Uint8Array } {
  const count = perClass * CLASSES;
  const labels = Uint8Array.from({ length: count }, (_, i) => i % CLASSES);
  const images = new Uint8Array(count * SIZE * SIZE);
  for (let i = 0; i < images.length; i++) {
    const [image, row, col] = [Math.floor(i / SIZE / SIZE), Math.floor(i / SIZE) % SIZE, i % SIZE];
    const block = hash32(7, labels[image], Math.floor(row / 4), Math.floor(col / 4)) % 100;
    images[i] = Math.min(255, Math.max(0, 80 + block + 60 * normal(seed, i)));
  }
  return { images: encodeIdx([count, SIZE, SIZE], images), labels: encodeIdx([count], labels) };
}

/** The i-th standard normal number of a seed. */
function normal(seed: number, i: number): number {
  const uniform = (half: number) => (hash32(seed, i, half) + 0.5) / 2 ** 32;
  return Math.sqrt(-2 * Math.log(uniform(0))) * Math.cos(2 * Math.PI * uniform(1));
}
