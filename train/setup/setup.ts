import type { Dataset, ImageSet } from "../../data/mod.ts";
import type { Device, Network, Parameters } from "../../engine/mod.ts";

/** The values of a network by name, in torch's layouts. */
export type State = ReadonlyMap<string, Float32Array>;

/** Everything a run works with: data cut to its tail, device, network with stage-1 weights. */
export interface Setup extends Disposable {
  dataset: Dataset;
  /** The training images that the cut keeps. */
  train: ImageSet;
  /** Training images of each class. */
  counts: Uint32Array;
  device: Device;
  network: Network;
  /** A store for each of the network's stages, so that a part of them can be trained. */
  backbone: readonly Parameters[];
  statistics: Parameters;
  /** The checkpoint, its head unfolded, or what was drawn in its place. */
  stage1: State;
  /** Names of those of its tensors that were drawn: the checkpoint has none that fit. */
  drawn: readonly string[];
  /** Folder for what is fetched or computed once. */
  cache: string;
  /** Whether the classes of stage1 are known to stand in the order of the data set. */
  sameOrder: boolean;
}
