import type { FeatureRows } from "../features/rows.ts";
import { HeadLogits } from "../features/head_logits.ts";
import type { StepConfig } from "../config/schema/train.ts";
import type { Member } from "../decision/decide.ts";
import { lookFor } from "../progress/stopping.ts";
import { newWork } from "../saved/work.ts";
import type { ClassifierSetup } from "../setup/setup.ts";
import { fit, type Listeners } from "../trainer/fit.ts";
import { featureTrainer } from "./feature_method.ts";
import { rowsSource } from "./feature_source.ts";

/** Labelled rows of features, one view of them or several. */
export interface LabelledRows {
  views: readonly FeatureRows[];
  /** [rows of a view]. */
  labels: Uint32Array;
}

/** Rows of features, and behind them some rows of others. @param places Places of the others' rows. */
export function joinRows(rows: FeatureRows, others: FeatureRows, places: Uint32Array): FeatureRows {
  const { count, width } = rows;
  return {
    count: count + places.length,
    width,
    gather(samples, out) {
      const isOwn = (sample: number) => sample < count;
      const take = (from: FeatureRows, at: Uint32Array, which: (sample: number) => boolean) => {
        const values = new Float32Array(at.length * width);
        from.gather(at, values);
        let next = 0;
        samples.forEach((sample, i) => {
          if (which(sample)) out.set(values.subarray(next * width, ++next * width), i * width);
        });
      };
      take(rows, samples.filter(isOwn), isOwn);
      const added = samples.filter((sample) => !isOwn(sample)).map((sample) => places[sample - count]);
      take(others, added, (sample) => !isOwn(sample));
    },
    close() {
      rows.close();
      others.close();
    },
  };
}

/**
 * Trains the classifier on these rows from where the run began, and leaves the run as it is.
 *
 * @param looks Features of the images to judge by, for each look at them. @param name Name of the training in progress.
 * @returns Logits of these images, and the training rows of each class.
 */
export async function trainOn(
  { views, labels }: LabelledRows,
  looks: readonly FeatureRows[],
  run: { setup: ClassifierSetup; config: StepConfig; name: string } & Omit<Listeners, "onEpoch">,
): Promise<{ members: Member[]; counts: Uint32Array }> {
  const counts = new Uint32Array(run.setup.network.classes);
  for (const label of labels) counts[label]++;
  const train = {
    kind: "features",
    labels,
    count: labels.length,
    digest: "",
    classCounts: () => counts,
  } as const;
  const setup = { ...run.setup, train, counts };
  using trainer = featureTrainer(setup, run.config);
  using head = new HeadLogits(setup, trainer.head);
  const source = rowsSource(views, labels, run.config.batch);
  await fit({ ...run, setup, work: newWork(), trainer, source, onEpoch: () => {} });
  const check = lookFor(run.signal);
  const members: Member[] = [];
  for (const rows of looks) members.push({ logits: await head.of(rows, check) });
  return { members, counts };
}
