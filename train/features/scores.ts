import type { ImageSet } from "../../data/mod.ts";
import { loadState, Parameters } from "../../engine/mod.ts";
import type { Config } from "../config/load.ts";
import type { TestTime } from "../decision/decide.ts";
import type { Progress } from "../progress/progress.ts";
import { saveAtEnd, type Saving } from "../progress/saving.ts";
import type { Throughput } from "../results/records.ts";
import type { Setup, State } from "../setup/setup.ts";
import { Extractor } from "./extractor.ts";
import { type Pass, passesOf } from "./pass.ts";
import { HeadLogits } from "./head_logits.ts";
import { type MemoryRows, memoryRows } from "./memory.ts";
import type { PartHolder } from "./view_part.ts";

/** Logits of images, and how fast they were computed. */
export interface ImageScores {
  /** [models, looks], each [images, classes]. */
  scores: Float32Array[][];
  throughput: Throughput;
}

/** Images to look at, and how. */
export interface Looks {
  set: ImageSet;
  tta: TestTime;
}

/**
 * Runs plain images through models of one network.
 *
 * @param models Names for progress, and weights. The setup's stores hold the last model's weights afterwards.
 * @throws {NonFiniteError} when a feature is NaN or infinite. @throws {Interrupted} when the signal is aborted.
 */
export async function imageScores(
  setup: Setup,
  config: Pick<Config, "batch" | "seed" | "workers">,
  models: readonly (readonly [name: string, state: State])[],
  { set, tta }: Looks,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<ImageScores> {
  const { device, network, backbone, statistics } = setup;
  using extractor = new Extractor(setup, config, progress, signal);
  using classifier = new Parameters(device, network.classifier.tensors, "classifier");
  using head = new HeadLogits(setup, [classifier]);
  const scores: Float32Array[][] = [];
  for (const [name, state] of models) {
    loadState([...backbone, statistics, classifier], state);
    const looks: Float32Array[] = [];
    for (const pass of passesOf(tta, name)) {
      const logits = head.collect(set.count);
      await extractor.extract(set, pass, logits);
      signal.throwIfAborted();
      looks.push(logits.values);
    }
    scores.push(looks);
  }
  return { scores, throughput: extractor.throughput };
}

/** The objects that a pass through a whole network works with. */
export interface PassRun {
  extractor: Extractor;
  head: HeadLogits;
  /** Holds the pass under way, so that a pass that is cut off goes on from its last save. */
  work: PartHolder;
  saving?: Saving | undefined;
}

/**
 * Plain logits [images, classes] of a pass with frozen statistics, saved on the way with the work of the run. The pass
 * stays the work's part: whoever has kept its logits elsewhere takes it out.
 *
 * @param key Tells the pass from all others of the run, and its images from other images.
 * @throws {Interrupted} when the run was stopped; the part has the logits computed by then.
 */
export async function passLogits(
  { extractor, head, work, saving }: PassRun,
  set: ImageSet,
  pass: Pass,
  key: string = pass.name,
): Promise<MemoryRows> {
  const { count } = set;
  const { part } = work;
  const isOwn = part?.name === key && part.rows.count === count && part.rows.width === head.classes;
  const own = isOwn ? part : { name: key, done: 0, rows: memoryRows(count, head.classes), statistics: null };
  work.part = own;
  const logits = head.collect(count, own.rows.values);
  const put = async (samples: Uint32Array, rows: Float32Array) => {
    await logits.put(samples, rows);
    own.done += samples.length;
    if (own.done < count && saving?.isDue()) saving.save();
  };
  if (own.done < count) await extractor.extract(set, pass, { put }, { from: own.done, to: count });
  return own.rows;
}

/** The logits of {@linkcode passLogits}, kept as a whole pass: a run that goes on has them. */
export async function keptLogits(
  run: PassRun & { work: { passes: Map<string, MemoryRows> } },
  set: ImageSet,
  pass: Pass,
  key: string = pass.name,
): Promise<Float32Array> {
  const { work, saving } = run;
  const kept = work.passes.get(key);
  if (kept?.count === set.count) return kept.values;
  const rows = await passLogits(run, set, pass, key);
  work.passes.set(key, rows);
  work.part = null;
  saveAtEnd(saving);
  return rows.values;
}
