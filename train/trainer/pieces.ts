import type { TrainConfig } from "../config/schema/train.ts";
import { COST, type Piece } from "../progress/plan.ts";
import type { Setup } from "../setup/setup.ts";
import type { Work } from "../saved/work.ts";

/** The training on images that is still to do, as a piece of a run. */
export function trainingPiece(
  name: string,
  { train }: Pick<Setup, "train">,
  { epochs, batch, train: part }: TrainConfig,
  work: Work,
): Piece {
  const total = (epochs - work.epochs.length) * train.count - work.step * batch;
  return { name, total, cost: part === "all" ? COST.train : COST.forward };
}

/** Lists the pieces of a training that are still to do. Evaluations on the way count to the training. */
export function trainPieces(
  setup: Pick<Setup, "train" | "dataset" | "initialized">,
  config: TrainConfig,
  work: Work,
): Piece[] {
  const evaluate = (name: string) => {
    const { part, passes } = work;
    // A pass that was cut off goes on where it was.
    const done = passes.get(name)?.count ?? (part?.name === name ? part.done : 0);
    const total = setup.dataset.test.count - done;
    return total > 0 ? [{ name, total, cost: COST.forward }] : [];
  };
  const isMeasured = work.before !== null || setup.initialized.length > 0;
  const training = trainingPiece("train", setup, config, work);
  return [
    ...isMeasured ? [] : evaluate("evaluate the checkpoint"),
    ...training.total > 0 ? [training] : [],
    ...evaluate("evaluate"),
  ];
}
