import type { Augment } from "../../data/mod.ts";
import { parseSafetensors, type RawTensor, writeSafetensors } from "../../engine/mod.ts";
import type { Config } from "../config/load.ts";
import type { TrainConfig } from "../config/schema/train.ts";

/** The sets of a run's images that every process has. */
export type SetName = "train" | "test" | "validation";

/** The leader's orders to the other processes; values of a network come beside some of them. */
export type Order =
  /** Open data and device by this config. */
  | { kind: "open"; config: Config | TrainConfig }
  /** Make sure that these are the digests of all images. */
  | { kind: "check"; digests: string }
  /** Compute features of images by the network beside, in chunks of so many images, rank by rank. */
  | Extract
  /** Take steps of an epoch, from the state beside on: those on its last so many images. */
  | { kind: "train"; config: TrainConfig; epoch: number; left: number }
  /** Take the next step of the epoch. */
  | { kind: "step" }
  /** Leave the epoch, with all its steps or before. */
  | { kind: "pause"; isWhole: boolean }
  /** The run is over. */
  | { kind: "end" };

/** A pass over a set that any process can take a part of. */
export interface SharedPass {
  /** Name of the pass in progress messages. */
  name: string;
  /** Number of the augmented view. */
  view: number;
  /** Random changes to the images, or null for no changes. */
  augment: Augment | null;
  /** True for images that are mirrored left to right, after all other changes. */
  mirrored?: boolean | undefined;
}

/** A part of a pass over a set of images. */
export interface Extract {
  kind: "extract";
  set: SetName;
  pass: SharedPass;
  /** Seed of the random changes. */
  seed: number;
  /** The first image, and the one after the last. */
  from: number;
  to: number;
  /** Images of a chunk: the first chunk is rank 0's, the next rank 1's and so on. */
  rows: number;
}

/** Values of tensors by name. */
type State = ReadonlyMap<string, Float32Array>;

/** An order as the bytes of a safetensors file. */
export function packOrder(order: Order, state: State = new Map()): Uint8Array {
  const tensors = new Map<string, RawTensor>(
    [...state].map(([name, data]) => [name, { dtype: "f32", shape: [data.length], data }]),
  );
  return writeSafetensors(tensors, { order: JSON.stringify(order) });
}

/** Reads an order, and the values beside it. */
export function unpackOrder(bytes: Uint8Array): { order: Order; state: State } {
  const { state, metadata } = parseSafetensors(bytes);
  return {
    order: JSON.parse(metadata.order),
    state: new Map([...state].map(([name, { data }]) => [name, data as Float32Array])),
  };
}
