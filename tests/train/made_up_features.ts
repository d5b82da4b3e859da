// Features by a formula, as files of every form that retrain-features takes: three classes of 60, 20 and 8 rows.

import { join } from "node:path";
import { hash32 } from "../../data/mod.ts";
import { type RawTensor, writeSafetensors } from "../../engine/mod.ts";
import { writeNpy, writeNpz } from "../../formats/numpy/mod.ts";

/** Length of a row. */
export const WIDTH = 6;

/** Training rows of each class. */
export const COUNTS = [60, 20, 8];

const floats = (shape: number[], data: Float32Array): RawTensor => ({ shape, dtype: "f32", data });
const wholes = (labels: readonly number[]): RawTensor => ({
  shape: [labels.length],
  dtype: "i64",
  data: BigInt64Array.from(labels, BigInt),
});

/** Rows of these classes: the class's axis stands out from noise. @param seed Of the noise. */
export function rowsOf(labels: readonly number[], seed: number): Float32Array {
  const noise = (i: number) => hash32(seed, i) / 2 ** 31 - 1;
  return Float32Array.from(
    { length: labels.length * WIDTH },
    (_, i) => noise(i) + (i % WIDTH === labels[Math.floor(i / WIDTH)] ? 1.2 : 0),
  );
}

/** The labels of so many rows of each class, in turn as long as there are any. */
export function labelsOf(counts: readonly number[]): number[] {
  const most = Math.max(...counts);
  return Array.from({ length: most }, (_, i) => counts.flatMap((count, label) => i < count ? [label] : []))
    .flat();
}

/** A folder with the files, removed at the end of the test file. */
export class MadeUpFeatures {
  readonly folder: string = Deno.makeTempDirSync({ prefix: "everyclass-" });
  readonly train = labelsOf(COUNTS);
  readonly test = labelsOf([30, 30, 30]);

  constructor() {
    addEventListener("unload", () => Deno.removeSync(this.folder, { recursive: true }));
    const { train, test } = this;
    const features = floats([train.length, WIDTH], rowsOf(train, 1));
    const testFeatures = floats([test.length, WIDTH], rowsOf(test, 2));
    // A classifier that leaves the smallest class behind.
    const weight = Float32Array.from({ length: 3 * WIDTH }, (_, i) => i % (WIDTH + 1) === 0 ? 1 : 0);
    const head = new Map([
      ["weight", floats([3, WIDTH], weight)],
      ["bias", floats([3], Float32Array.of(1, 0, -1))],
    ]);
    this.write("train.npy", writeNpy(features));
    this.write("labels.npy", writeNpy(wholes(train)));
    this.write("labels.txt", train.join("\n") + "\n");
    this.write("animals.txt", train.map((label) => ["cat", "dog", "owl"][label]).join("\r\n"));
    this.write("names.txt", "cat\ndog\nowl\n");
    this.write(
      "views.npy",
      writeNpy(
        floats(
          [2, train.length, WIDTH],
          Float32Array.of(...features.data as Float32Array, ...rowsOf(train, 3)),
        ),
      ),
    );
    this.write("test.npz", writeNpz(new Map([["features", testFeatures], ["labels", wholes(test)]])));
    this.write("test.safetensors", writeSafetensors(new Map([["x", testFeatures], ["y", wholes(test)]])));
    this.write("head.safetensors", writeSafetensors(head));
    this.write("head.npz", writeNpz(head));
  }

  /** A path in the folder; behind a colon the name of an array. */
  path(name: string): string {
    return join(this.folder, name);
  }

  /** Writes a file. */
  write(name: string, content: Uint8Array | string): void {
    Deno.writeFileSync(
      this.path(name),
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
  }

  /** Flags of a run. @param files Files by flag; null leaves a flag out. @param sets Config keys. */
  flags(name: string, files: Record<string, string | null> = {}, sets = ""): string[] {
    const all: Record<string, string | null> = {
      "features": "train.npy",
      "labels": "labels.npy",
      "test-features": "test.npz:features",
      "test-labels": "test.npz:labels",
      "weight": "head.npz:weight",
      "bias": "head.npz:bias",
      ...files,
    };
    return [
      "retrain-features",
      ...Object.entries(all).flatMap(([flag, file]) => file === null ? [] : [`--${flag}`, this.path(file)]),
      ...["--out", this.path(name)],
      ...`epochs=4 batch=16 ${sets}`.trim().split(" ").flatMap((pair) => ["--set", pair]),
    ];
  }
}
