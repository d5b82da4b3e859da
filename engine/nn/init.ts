import { hash32 } from "../../formats/pickle/mod.ts";
import { nameOf } from "../graph/source.ts";
import type { Tensor } from "../graph/node.ts";
import type { Network } from "./network.ts";
import { torchShape } from "./state.ts";

/** Keep the draws apart from others of the same seed. */
const [HEAD, BACKBONE, LAST_STAGE] = [0x68656164, 0x6261636b, 0x6c617374];

/**
 * A classifier to begin with: Kaiming-normal weight (standard deviation sqrt(2 / features)), zero bias, scales 1; of a
 * cosine head, where a vector's length is but the inverse of its learning rate, vectors of length about 1.
 *
 * Source: K. He et al., "Delving Deep into Rectifiers", 2015; torch.nn.init.kaiming_normal_.
 *
 * @example
 * ```ts
 * import { initHead, networkOf } from "everyclass/nn";
 * const network = networkOf("resnet8", { classes: 10, channels: 3 });
 * console.log(initHead(network, 0).get("linear.bias")); // ten zeros
 * ```
 */
export function initHead(
  { classifier, features }: Pick<Network, "classifier" | "features">,
  seed: number,
): Map<string, Float32Array> {
  const deviation = Math.sqrt((classifier.kind === "cosine" ? 1 : 2) / features);
  const value = ({ shape }: Tensor, i: number) =>
    shape.length > 1 ? deviation * normal(hash32(HEAD, seed, i, 0), hash32(HEAD, seed, i, 1)) : 0;
  return classifier.unfold(
    new Map(classifier.stored.map((tensor) => [
      nameOf(tensor),
      Float32Array.from({ length: tensor.size }, (_, i) => value(tensor, i)),
    ])),
  );
}

/**
 * The values of a network to begin with, in torch's layouts: Kaiming-normal convolutions (standard deviation
 * sqrt(2 / fan-in)), batch norms with scale 1 and shift 0, running mean 0 and variance 1, and a {@linkcode initHead}.
 *
 * Source: K. He et al., "Delving Deep into Rectifiers", 2015; torch.nn.init.kaiming_normal_.
 *
 * @example
 * ```ts
 * import { initState, networkOf } from "everyclass/nn";
 * const network = networkOf("resnet8", { classes: 10, channels: 3 });
 * console.log(initState(network, 0).get("bn1.weight")); // sixteen ones
 * ```
 */
export function initState(network: Network, seed: number): Map<string, Float32Array> {
  return new Map([
    ...initHead(network, seed),
    ...initTensors(network.backbone, seed, BACKBONE),
    ...initTensors(network.statistics, seed, BACKBONE),
  ]);
}

/**
 * The values of a network's last stage alone, as {@linkcode initState} draws them but for the numbers.
 *
 * @example
 * ```ts
 * import { initLastStage, networkOf } from "everyclass/nn";
 * const network = networkOf("resnet8", { classes: 10, channels: 3 });
 * console.log(initLastStage(network, 0).has("layer3.0.conv1.weight")); // true
 * ```
 */
export function initLastStage(
  { stages, backbone, statistics }: Network,
  seed: number,
): Map<string, Float32Array> {
  const last = [...backbone, ...statistics].filter((tensor) => nameOf(tensor).startsWith(stages.at(-1)!));
  return initTensors(last, seed, LAST_STAGE);
}

/**
 * The values of layers to begin with, in torch's layouts: Kaiming-normal filters and matrices (standard deviation
 * sqrt(2 / fan-in)), biases and running means 0, what batch norms multiply by and running variances 1.
 *
 * @param tensors Tensors of a network or a part of it, under torch's names. @param part Keeps its draws apart from others.
 *
 * @example
 * ```ts
 * import { initTensors, networkOf } from "everyclass/nn";
 * const network = networkOf("resnet8", { classes: 10, channels: 3 });
 * console.log(initTensors(network.statistics, 0, 1).get("bn1.running_mean")); // sixteen zeros
 * ```
 */
export function initTensors(
  tensors: readonly Tensor[],
  seed: number,
  part: number,
): Map<string, Float32Array> {
  return new Map(tensors.map((tensor, layer) => {
    const name = nameOf(tensor);
    const values = new Float32Array(tensor.size);
    const shape = torchShape(tensor);
    if (shape.length === 1) return [name, values.fill(/weight$|running_var$/.test(name) ? 1 : 0)];
    const deviation = Math.sqrt(2 * shape[0] / tensor.size);
    for (let i = 0; i < values.length; i++) {
      values[i] = deviation * normal(hash32(part, seed, layer, i, 0), hash32(part, seed, layer, i, 1));
    }
    return [name, values];
  }));
}

/** A standard normal number of two hashes, by the Box-Muller transform. */
function normal(first: number, second: number): number {
  const uniform = (hash: number) => (hash + 0.5) / 2 ** 32;
  return Math.sqrt(-2 * Math.log(uniform(first))) * Math.cos(2 * Math.PI * uniform(second));
}
