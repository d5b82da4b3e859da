import type { Dataset, ImageSet } from "../../data/mod.ts";
import type { Device, Network, Parameters } from "../../engine/mod.ts";

/** The values of a network by name, in torch's layouts. */
export type State = ReadonlyMap<string, Float32Array>;

/** The data cut to its tail, the device, and the network with stage-1 weights of a run. */
export interface Setup extends Disposable {
  dataset: Dataset;
  /** The training images that the cut keeps, without those that are set aside. */
  train: ImageSet;
  /** Labelled images that no training uses: those set aside, or the data set's own split; null: there are none. */
  validation: ImageSet | null;
  /** Training images of each class. */
  counts: Uint32Array;
  device: Device;
  network: Network;
  /** A store for each of the network's stages, so that some stages can be trained. */
  backbone: readonly Parameters[];
  statistics: Parameters;
  /** Weights of the checkpoint, its head unfolded, or initialised weights. */
  stage1: State;
  /** Names of initialised tensors of stage1, for which the checkpoint has no fitting values. */
  initialized: readonly string[];
  /** Bounds of many and few training images; by default the usual ones. */
  groups?: readonly number[];
  /** Folder for fetched and computed files. */
  cache: string;
  /** True where the classes of stage1 are known to stand in the order of the data set. */
  sameOrder: boolean;
}
