import type { ClassChange, Comparison, Measure } from "../statistics/compare.ts";
import type { ConfusionChange } from "../statistics/confusions.ts";
import type { ModelStatistics } from "../statistics/model.ts";
import type { Judgement, ModelName } from "./judge.ts";
import type { MoreLabels } from "./more_labels.ts";

/** Work of a run: a classifier is re-trained, or moved to another operating point. */
export type VerdictWork = "re-training" | "adjusting";

/** Predictions of a run's models on the test set. */
export interface VerdictInput {
  /** True class of every test image. */
  labels: ArrayLike<number>;
  classNames: readonly string[];
  /** Predicted class of every test image by the model that the run began with; null where there is none. */
  before: ArrayLike<number> | null;
  /** The same of the re-trained model. */
  after: ArrayLike<number>;
  /** The same of both together; null where there is none. */
  ensemble: ArrayLike<number> | null;
  /** Plain accuracy that a gain may cost, as a fraction; 0.1 by default. */
  maxAccuracyLoss?: number | undefined;
  /** Work that lies between before and after; re-training by default. */
  work?: VerdictWork | undefined;
  /** A sentence that names the way to a milder point, for a run that costs more than it wins. */
  milder?: string | undefined;
  /** The gain that further labelled images bring; null, the default, where it was not measured. */
  moreLabels?: MoreLabels | null | undefined;
  /** Seed of the draws; 0 by default. */
  seed?: number | undefined;
  /** Draws of each interval; those of the statistics by default. */
  draws?: number | undefined;
  /** Called before each draw; what it throws ends the judgement. */
  check?: (() => void) | undefined;
}

/** The share of a class in the images that are taken for it, where it fell beyond chance; as fractions. */
export interface PrecisionLoss {
  label: number;
  before: number;
  after: number;
}

/** The judgement of a run. */
export interface Verdict {
  /** The sentence that a user who reads one sentence needs. */
  first: string;
  /** Classes whose recall rose beyond chance, most first. */
  won: ClassChange[];
  /** Costs of the run beyond chance. */
  cost: { classes: ClassChange[]; measures: Measure[]; precisions: PrecisionLoss[] };
  /** The confusion that grew most, where it took images from a class whose recall fell; null otherwise. */
  confusion: ConfusionChange | null;
  /** Numbers and classes whose difference the test images do not carry. */
  withinChance: { measures: Measure[]; classes: ClassChange[] };
  recommended: { model: ModelName; reason: string };
  /** Classes with fewer than 10 test images, but with some. */
  unknown: number[];
  /** Classes without test images: they count in no number. */
  untested: number[];
  /** The gain that further labelled images bring; null where it was not measured. */
  moreLabels: MoreLabels | null;
  /** The verdict in plain English, `first` included, in the order in which a user needs it. */
  sentences: string[];
  /** The numbers that it rests on. */
  models: { before: ModelStatistics | null; after: ModelStatistics; ensemble: ModelStatistics | null };
  comparison: Comparison | null;
  judgement: Judgement | null;
}

/** Findings of a verdict before they become sentences. */
export type Findings = Omit<Verdict, "first" | "sentences">;
