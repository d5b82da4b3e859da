import type { StepConfig } from "../config/schema/train.ts";
import type { Saving } from "../progress/saving.ts";
import type { ClassifierSetup } from "../setup/setup.ts";
import type { Work } from "../saved/work.ts";
import type { Sized, StepTime } from "./methods/method.ts";
import type { Source } from "./source.ts";
import type { Trainer } from "./trainer.ts";

/** The objects that all epochs of a run share. */
export interface Training<B extends Sized> {
  setup: ClassifierSetup;
  config: StepConfig;
  /** The results so far, filled on the way; training begins where they stand. */
  work: Work;
  trainer: Trainer<B>;
  source: Source<B>;
  signal: AbortSignal;
  /** Saves the work within an epoch, too. */
  saving?: Saving | undefined;
}

/** The facts of an epoch that are known before it begins. */
export interface Epoch extends Omit<StepTime, "step"> {
  /** The samples' places in the order of training. */
  order: Uint32Array;
}
