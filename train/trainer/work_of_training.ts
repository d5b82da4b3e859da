import { type StateDict, writeSafetensors } from "../../engine/mod.ts";
import type { TrainEpochRow } from "../results/records.ts";
import type { Setup, State } from "../setup/setup.ts";
import { type TrainConfig, trainingConfig } from "../config/train.ts";
import { checkMark, MARK, markOf, parseWork } from "../work/work_file.ts";

/** All that a training run has worked out so far: what it needs to go on as if nothing had happened. */
export interface TrainWork {
  /** The trainer's state; null before the first step. */
  state: State | null;
  /** Steps of the epoch under way that are in it. */
  step: number;
  /** Scores of the test images by the checkpoint that the run began with. */
  before: Float32Array | null;
  /** A row for every whole epoch. */
  epochs: TrainEpochRow[];
  /** How long it took; `epoch` is the part of the epoch under way. */
  seconds: { evaluate: number; train: number; epoch: number; total: number };
}

/** Nothing worked out yet. */
export function newTrainWork(): TrainWork {
  const seconds = { evaluate: 0, train: 0, epoch: 0, total: 0 };
  return { state: null, step: 0, before: null, epochs: [], seconds };
}

const [STATE, BEFORE] = ["state ", "before"];

/** The work as the bytes of a safetensors file; every number is kept to the bit. */
export function packTrainWork(work: TrainWork, setup: Setup, config: TrainConfig): Uint8Array {
  const arrays: StateDict = new Map();
  const put = (name: string, data: Float32Array) =>
    arrays.set(name, { dtype: "f32", shape: [data.length], data });
  if (work.before) put(BEFORE, work.before);
  for (const [name, values] of work.state ?? []) put(STATE + name, values);
  return writeSafetensors(arrays, {
    step: String(work.step),
    epochs: JSON.stringify(work.epochs),
    seconds: JSON.stringify(work.seconds),
    ...markOf(setup, config),
  });
}

/**
 * The work in such a file.
 *
 * @param path The run folder, for errors.
 * @throws {RangeError} when config, data or checkpoint are others. @throws {Error} when the file is damaged.
 */
export function unpackTrainWork(
  bytes: Uint8Array,
  setup: Setup,
  config: TrainConfig,
  path: string,
): TrainWork {
  const { state: arrays, metadata } = parseWork(bytes, path, ["step", "epochs", "seconds", ...MARK]);
  checkMark(metadata, setup, config, path, trainingConfig);
  const state = new Map(
    [...arrays].filter(([name]) => name.startsWith(STATE))
      .map(([name, { data }]) => [name.slice(STATE.length), data as Float32Array]),
  );
  return {
    state: state.size > 0 ? state : null,
    step: Number(metadata.step),
    before: arrays.get(BEFORE)?.data as Float32Array | undefined ?? null,
    epochs: JSON.parse(metadata.epochs),
    seconds: JSON.parse(metadata.seconds),
  };
}
