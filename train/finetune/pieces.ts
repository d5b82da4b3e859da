import type { Config } from "../config/load.ts";
import { passesOf } from "../features/pass.ts";
import { COST, type Piece } from "../progress/plan.ts";
import type { Setup } from "../setup/setup.ts";
import type { Work } from "../saved/work.ts";
import { trialName, trialsOf } from "./more_labels.ts";

/** Name of the pass over the test images before training. */
export function testPassName({ initialized }: Pick<Setup, "initialized">): string {
  return initialized.length > 0 ? "test images" : "evaluate stage 1";
}

/** Name of the pass over the test images by updated statistics after training. */
export const AFTER = "evaluate re-trained";

/** Lists the pieces of a re-training that are still to do. */
export function finetunePieces(
  setup: Pick<Setup, "train" | "dataset" | "initialized">,
  config: Pick<Config, "views" | "epochs" | "batch" | "statistics" | "tta" | "moreLabels">,
  work: Work,
): Piece[] {
  const { train: { count }, dataset: { test } } = setup;
  const { epochs, batch, statistics, tta } = config;
  const forward = (name: string, total: number) => ({ name, total, cost: COST.forward });
  const before = passesOf(tta, testPassName(setup)).slice(work.testFeatures.length)
    .map(({ name }) => forward(name, test.count));
  const left = (done: number) =>
    (epochs - done) * count - (done === work.epochs.length ? work.step * batch : 0);
  const steps = (total: number) => ({ name: "re-train", total, unit: "samples", cost: COST.features });
  const training = config.views === "fresh"
    ? Array.from({ length: epochs - work.epochs.length }, (_, i) => work.epochs.length + i).flatMap((
      epoch,
    ) => [
      forward(`view of epoch ${epoch + 1}`, count),
      steps(left(epoch) - (epochs - epoch - 1) * count),
    ])
    : [
      ...viewPieces({ count, stored: Math.min(config.views, epochs) }, work.views.length),
      ...left(work.epochs.length) > 0 ? [steps(left(work.epochs.length))] : [],
    ];
  const after = statistics === "updated"
    ? passesOf(tta, AFTER).map(({ name }) => forward(name, test.count))
    : [];
  const more = Array.from({ length: trialsOf(config, test) }, (_, trial) => ({
    ...steps(epochs * (count + config.moreLabels * test.classNames.length)),
    name: trialName(config.moreLabels, trial),
  }));
  return [...before, ...training, ...after, ...more].flatMap((piece) => {
    if (work.passes.has(piece.name)) return [];
    // A pass that was cut off goes on where it was.
    if (work.part?.name !== piece.name) return [piece];
    const total = piece.total - work.part.done;
    return total > 0 ? [{ ...piece, total }] : [];
  });
}

/** Lists the stored views that are still to compute. @param count Images of a view. @param done Views that are there. */
export function viewPieces({ count, stored }: { count: number; stored: number }, done: number): Piece[] {
  return Array.from({ length: Math.max(0, stored - done) }, (_, i) => ({
    name: `view ${done + i + 1} of ${stored}`,
    total: count,
    cost: COST.forward,
  }));
}
