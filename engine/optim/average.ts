import { ShapeError } from "../graph/errors.ts";
import { running } from "../ops/effects/running.ts";
import type { Parameters } from "../device/parameters.ts";
import { sameShape } from "../kernel/shape.ts";
import type { Tensor } from "../graph/node.ts";

/**
 * Effect that moves averaged weights towards the trained ones, a plan's update: `average = decay average + (1 - decay)
 * parameter`, one dispatch for all. After an optimiser's step it sees the new parameters.
 *
 * @param averages A store of the same shapes, which begins as a copy of the parameters: a momentum encoder.
 * @param options.decay Share of the old average, such as .999.
 * @throws {ShapeError} when the stores differ.
 *
 * @example
 * ```ts
 * import { Device, jit, parameter, Parameters } from "everyclass";
 * import { averageWeights } from "everyclass/optim";
 * using device = await Device.open();
 * const weight = parameter("weight", [1]);
 * using weights = new Parameters(device, [weight], "weights");
 * using averages = weights.like("average");
 * weights.write(weight, Float32Array.of(10));
 * using follow = jit(() => ({ updates: [averageWeights(averages, weights, { decay: 0.9 })] }));
 * await follow();
 * console.log([...(await averages.read()).values()]); // [[1]]
 * ```
 */
export function averageWeights(
  averages: Parameters,
  parameters: Parameters,
  { decay }: { decay: number },
): Tensor {
  const fits = averages.tensors.length === parameters.tensors.length &&
    averages.tensors.every(({ shape }, i) => sameShape(shape, parameters.tensors[i].shape));
  if (!fits) {
    const [takes, given] = [parameters, averages].map(({ tensors }) =>
      tensors.map(({ shape }) => `[${shape.join(", ")}]`).join(", ")
    );
    throw new ShapeError(
      `Cannot average weights: it takes averages of ${takes}, current are ${given}: the stores differ`,
    );
  }
  return running(averages.flat, parameters.flat, { momentum: 1 - decay });
}
