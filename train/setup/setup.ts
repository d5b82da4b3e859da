import type { Dataset, ImageSet } from "../../data/mod.ts";
import type { Device, Network, Parameters } from "../../engine/mod.ts";
import type { Team } from "../team/team.ts";

/** The values of a network by name, in torch's layouts. */
export type State = ReadonlyMap<string, Float32Array>;

/** Labelled rows of features, from a backbone that the run does not have. */
export interface FeatureSet {
  /** Tells the kind of a set. */
  readonly kind: "features";
  /** [count], the class of each row. */
  readonly labels: Uint32Array;
  /** Number of rows. */
  readonly count: number;
  /** A digest of features and labels, in hex. */
  readonly digest: string;
  /** Counts the rows of each class. */
  classCounts(): Uint32Array;
}

/** The samples that a classifier is trained on and judged by: images, or features of images. */
export type Samples = ImageSet | FeatureSet;

/**
 * The parts of a run's setup that training and judging a classifier take: samples cut to their tail, the device, and the
 * classifier with stage-1 weights. Where the samples are images a {@linkcode Setup} has a backbone besides.
 */
export interface ClassifierSetup extends Disposable {
  dataset: Pick<Dataset, "name" | "root" | "classNames" | "numbered"> & { test: Samples };
  /** The training samples. */
  train: Samples;
  /** Training samples of each class. */
  counts: Uint32Array;
  device: Device;
  /** A network without a forward pass over images has no backbone and no statistics. */
  network: Omit<Network, "forward">;
  /** A store for each of the backbone's stages, so that some stages can be trained. */
  backbone: readonly Parameters[];
  /** Weights of the checkpoint, its head unfolded, or initialised weights. */
  stage1: State;
  /** Names of initialised tensors of stage1, for which the checkpoint has no fitting values. */
  initialized: readonly string[];
  /** Bounds of many and few training samples; by default the usual ones. */
  groups?: readonly number[];
  /** True where the classes of stage1 are known to stand in the order of the data set. */
  sameOrder: boolean;
}

/** The data cut to its tail, the device, and the network with stage-1 weights of a run on images. */
export interface Setup extends ClassifierSetup {
  dataset: Dataset;
  /** The training images that the cut keeps, without those that are set aside. */
  train: ImageSet;
  /** Labelled images that no training uses: those set aside, or the data set's own split; null: there are none. */
  validation: ImageSet | null;
  network: Network;
  statistics: Parameters;
  /** Folder for fetched and computed files. */
  cache: string;
  /** The other processes of the run; absent: there are none. */
  team?: Team | undefined;
}
