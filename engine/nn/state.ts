import { nameOf } from "../graph/source.ts";
import type { Parameters } from "../device/parameters.ts";
import type { Tensor } from "../graph/node.ts";
import type { Network } from "./network.ts";

/** Every tensor of a network that a checkpoint holds: trainable ones, running estimates, classifier. */
export function tensorsOf({ backbone, statistics, classifier }: Network): Tensor[] {
  return [...backbone, ...statistics, ...classifier.stored];
}

/**
 * The shape of a parameter in a checkpoint: torch keeps convolution weights as [out, in, k, k], the engine as [out, k, k, in].
 *
 * @example
 * ```ts
 * import { parameter } from "everyclass";
 * import { torchShape } from "everyclass/nn";
 * console.log(torchShape(parameter("filters", [16, 5, 5, 3]))); // [16, 3, 5, 5]
 * ```
 */
export function torchShape({ shape }: Tensor): number[] {
  return shape.length === 4 ? [shape[0], shape[3], shape[1], shape[2]] : [...shape];
}

/**
 * Names and shapes that a checkpoint of this network has, in torch's layout.
 *
 * @example
 * ```ts
 * import { networkOf, stateShapes } from "everyclass/nn";
 * const shapes = stateShapes(networkOf("resnet8", { classes: 10, channels: 3 }));
 * console.log(shapes.get("conv1.weight")); // [16, 3, 3, 3]
 * ```
 */
export function stateShapes(network: Network): Map<string, number[]> {
  return new Map(tensorsOf(network).map((tensor) => [nameOf(tensor), torchShape(tensor)]));
}

/**
 * Writes values in torch's layout to the stores that hold the tensors.
 *
 * @example
 * ```ts
 * import { Device, Parameters } from "everyclass";
 * import { initState, loadState, networkOf, readState } from "everyclass/nn";
 * using device = await Device.open();
 * const network = networkOf("resnet8", { classes: 10, channels: 3 });
 * using weights = new Parameters(device, network.backbone, "backbone");
 * loadState([weights], initState(network, 0));
 * const state = await readState([weights]);
 * console.log(state.get("conv1.weight")!.length); // 16 filters of 3 x 3 x 3: 432
 * ```
 */
export function loadState(stores: readonly Parameters[], state: ReadonlyMap<string, Float32Array>): void {
  for (const store of stores) {
    for (const tensor of store.tensors) {
      const values = state.get(nameOf(tensor));
      if (!values) throw new TypeError(`Cannot load ${nameOf(tensor)}: the state has no such tensor`);
      store.write(tensor, fromTorch(tensor, values));
    }
  }
}

/**
 * Sync point: the values of the stores' tensors in torch's layout, by name.
 *
 * @example
 * ```ts
 * import { Device, Parameters } from "everyclass";
 * import { initState, loadState, networkOf, readState } from "everyclass/nn";
 * using device = await Device.open();
 * const network = networkOf("resnet8", { classes: 10, channels: 3 });
 * using weights = new Parameters(device, network.backbone, "backbone");
 * loadState([weights], initState(network, 0));
 * const state = await readState([weights]);
 * console.log(state.get("conv1.weight")!.length); // 16 filters of 3 x 3 x 3: 432
 * ```
 */
export async function readState(stores: readonly Parameters[]): Promise<Map<string, Float32Array>> {
  const read = await Promise.all(stores.map((store) => store.read()));
  const values = read.flatMap((store) => [...store]);
  return new Map(values.map(([tensor, own]) => [nameOf(tensor), toTorch(tensor, own)]));
}

/** [out, in, k, k] to [out, k, k, in]; other shapes stay. */
function fromTorch({ shape }: Tensor, values: Float32Array): Float32Array {
  if (shape.length !== 4) return values;
  const [outC, height, width, inC] = shape;
  return swap(values, outC, inC, height * width);
}

/** [out, k, k, in] to [out, in, k, k]; other shapes stay. */
function toTorch({ shape }: Tensor, values: Float32Array): Float32Array {
  if (shape.length !== 4) return values;
  const [outC, height, width, inC] = shape;
  return swap(values, outC, height * width, inC);
}

/** [n, a, b] to [n, b, a]. Where the order stays, as in most of a network of bottlenecks, the values are not copied. */
function swap(values: Float32Array, n: number, a: number, b: number): Float32Array {
  if (a === 1 || b === 1) return values;
  const swapped = new Float32Array(values.length);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < a; j++) {
      for (let k = 0; k < b; k++) swapped[(i * b + k) * a + j] = values[(i * a + j) * b + k];
    }
  }
  return swapped;
}
