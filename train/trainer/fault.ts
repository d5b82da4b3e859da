import { LEAST_SCALE, NonFiniteError } from "../../engine/mod.ts";
import { brokenTensor } from "../features/non_finite.ts";
import type { State } from "../setup/setup.ts";
import type { Sized } from "./methods/method.ts";
import type { Batches } from "./source.ts";
import type { Epoch, Training } from "./training.ts";

/**
 * Takes the good steps of an epoch again, to find the tensor that broke in the step after them. Runs are repeatable, so
 * the fault comes again; only a run that has failed pays for the search.
 *
 * @param bad The first step without a finite loss, from 1; 0 if all losses are finite. @param last Names the broken tensor then.
 */
export async function fault<B extends Sized>(
  { trainer, work, config }: Training<B>,
  batches: Batches<B>,
  epoch: Epoch,
  bad: number,
  last: string,
): Promise<NonFiniteError> {
  trainer.load(work.state!);
  let [step, found, learned] = [work.step, last, true];
  for await (
    const batch of bad === 0 ? [] : batches(epoch.order.subarray(step * config.batch), work.state!)
  ) {
    const time = { ...epoch, step };
    if (step === bad - 1) {
      const broken = brokenTensor(await trainer.state());
      learned = broken !== null || step > 0 || epoch.epoch > 0;
      found = broken
        ? `${broken} after step ${step}`
        : `${await trainer.firstBad(batch, time)} at step ${bad}`;
      break;
    }
    await trainer.step(batch, time);
    step++;
  }
  return new NonFiniteError(
    `Cannot go on with epoch ${
      epoch.epoch + 1
    }: it takes finite numbers, the first NaN or infinite ones are in ` +
      `${found}: ${causeOf(epoch.lr, config.optimizer.weightDecay, learned)}`,
  );
}

/** Words for what may have broken the numbers. @param learned False where the network is the one that training began with. */
function causeOf(lr: number, weightDecay: number, learned: boolean): string {
  if (!learned) {
    return "no step was taken before, so it is the checkpoint's weights, the features, or a divisor such as a temperature";
  }
  // A step takes the share lr * weightDecay of the weights away: beyond 1 it turns their sign, beyond 2 they grow.
  if (lr * weightDecay > 1 && weightDecay > lr) {
    return `the weight decay ${weightDecay} is too high for the learning rate ${lr}`;
  }
  return `the learning rate ${lr} is too high`;
}

/**
 * The error of a run in f16 that takes no step although its loss is scaled as low as scales go; null while there is hope.
 *
 * @param state The trainer's state; in f32 it has no scale.
 */
export function scaleFault(state: State): NonFiniteError | null {
  const [scale, good] = [state.get("loss scale")?.[0], state.get("good steps")?.[0]];
  if (scale === undefined || scale > LEAST_SCALE || good !== 0) return null;
  return new NonFiniteError(
    `Cannot go on in f16: it takes gradients of at most 65,504, current ones are beyond even with the loss scaled by ` +
      `${LEAST_SCALE.toExponential(0)}, and every step is skipped: set precision to f32`,
  );
}
