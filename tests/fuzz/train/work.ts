// Saved work of interrupted runs, with its seal and with a seal made anew around a mutation.
import { nameOf, parseSafetensors, writeSafetensors } from "../../../engine/mod.ts";
import { MemoryRows } from "../../../train/features/memory.ts";
import { finetuneConfig } from "../../../train/config/schema/finetune.ts";
import { loadConfig } from "../../../train/config/load.ts";
import { sealOf, writeSealed } from "../../../train/machine/seal.ts";
import { newWork, type Work } from "../../../train/saved/work.ts";
import { packWork, unpackWork } from "../../../train/saved/work_file.ts";
import type { Draw } from "../draw.ts";
import type { Format, Sample } from "../format.ts";
import { same } from "../campaign/judge.ts";
import { JSON_WORDS } from "../formats/safetensors.ts";
import { smallSetup } from "./setup.ts";

const PATH = "the/run";

/** Other values of a text in the metadata. */
const TEXTS = [
  ...[
    "",
    "null",
    "{}",
    "[]",
    "-1",
    "1e999",
    "0.5",
    '"x"',
    "[".repeat(3000),
    "[[".repeat(50_000),
    '{"a":'.repeat(3000),
    "[null]",
  ],
  ...["a: &a [*a]", "a: [1, 2", "x", "\0", "999999999999", '[{"epoch":1}]', "data: 3", "epochs: {}"],
];

/** A sealed file with another text, tensor or name, sealed again as a program would that means harm. */
function changed(draw: Draw, bytes: Uint8Array): Uint8Array {
  const { state, metadata: { sha256: _, ...metadata } } = parseSafetensors(bytes);
  const texts: Record<string, string> = metadata;
  const names = [...state.keys()];
  const kind = draw.below(5);
  if (kind < 2) texts[draw.pick(Object.keys(texts))] = draw.pick(TEXTS);
  if (kind === 2) delete texts[draw.pick(Object.keys(texts))];
  if (kind === 3 && names.length > 0) {
    const shape = draw.pick([[0], [1], [3], [2, 2], [4, 64], [0, 64], [], [3, 64], [4, 0]]);
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    state.set(draw.pick(names), { dtype: "f32", shape, data });
  }
  if (kind === 4) {
    const name = draw.pick([
      "statistics.99",
      "classifier.x",
      "part 3 view 0",
      "part -1 a",
      "part x",
      "part 4 ",
      "view.0",
      "view.1",
      "state x",
      "before",
      "testFeatures",
    ]);
    state.set(
      name,
      draw.pick([
        { dtype: "f32", shape: [2], data: new Float32Array(2) } as const,
        { dtype: "f32", shape: [4, 64], data: new Float32Array(256) } as const,
        { dtype: "i32", shape: [1], data: new Int32Array(1) } as const,
      ].map((tensor) => ({ ...tensor, shape: [...tensor.shape] }))),
    );
  }
  return draw.chance(0.8) ? writeSealed(state, texts) : writeSafetensors(state, texts);
}

/** Work of `finetune`. */
export async function work(): Promise<Format> {
  const setup = smallSetup();
  const config = await loadConfig(null, {});
  const { network: { features, classes, classifier }, train, dataset: { test } } = setup;
  const weight = nameOf(classifier.tensors[0]);
  return {
    few: 400,
    many: 100_000,
    errors: [Error],
    words: JSON_WORDS,
    path: PATH,
    make(draw): Sample {
      const rows = (count: number) =>
        new MemoryRows(features, new Float32Array(count * features).fill(draw.next()));
      const work: Work = {
        ...newWork(),
        step: 0,
        before: new Float32Array(test.count * classes).fill(draw.next()),
        testFeatures: [rows(test.count)],
        views: draw.list(draw.below(2), () => rows(train.count)),
        part: draw.chance(0.3)
          ? { name: "view 1", done: 2, rows: rows(train.count), statistics: null }
          : null,
        state: draw.chance(0.5)
          ? new Map([[weight, new Float32Array(features * classes).fill(1)], [
            "momentum x",
            new Float32Array(6),
          ]])
          : null,
        epochs: [{ epoch: 1, lr: 0.1, loss: 2, accuracy: 50, seconds: 1, imagesPerSecond: 3, test: null }],
      };
      const bytes = packWork(work, setup, config);
      return {
        bytes,
        own: [(mutated) => sealOf(mutated) === "intact" ? changed(draw, mutated) : mutated],
        value: work,
      };
    },
    read: (bytes) => unpackWork(bytes, setup, config, PATH, finetuneConfig),
    agrees(value, bytes, sample) {
      if (same(bytes, sample.bytes)) return null;
      if (sealOf(bytes) === "changed") return "a damaged file is taken";
      for (const [name, { length }] of (value as Work).state ?? []) {
        if (name === weight && length !== features * classes) return `${length} values of ${name}`;
      }
      // The work that was taken is that of the file: written again it says the same.
      const again = parseSafetensors(packWork(value as Work, setup, config));
      const given = parseSafetensors(bytes);
      const step = given.metadata.step ?? "0";
      return again.metadata.step === String(JSON.parse(step)) ? null : "another step than the file has";
    },
  };
}
