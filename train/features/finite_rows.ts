import { type ImageSet, Loader } from "../../data/mod.ts";
import { NonFiniteError, normalize, shaped } from "../../engine/mod.ts";
import type { BackboneSetup, Inputs } from "./inputs.ts";
import { firstNonFinite } from "./non_finite.ts";

/**
 * Checks the features of images before more are computed, which would be of no use.
 *
 * @param rows [images, F]. @param order The images' places in the set. @param pass Name of the pass.
 * @throws {NonFiniteError} when a feature is NaN or infinite; it names the first tensor that is.
 */
export async function checkFiniteRows(
  { device, network, dataset, backbone, statistics }: BackboneSetup,
  rows: Float32Array,
  set: ImageSet,
  order: Uint32Array,
  pass: string,
): Promise<void> {
  const bad = rows.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const image = order[Math.floor(bad / network.features)];
  // The plain image alone: it shows where the weights overflow, whatever the view or the batch.
  using loader = new Loader(set, { batch: 1, workers: 0, augment: null, seed: 0 });
  const { images } = (await loader.batches(Uint32Array.of(image), 0).next()).value!;
  const { height, width, channels } = set;
  const graph = ({ images }: Inputs) => [network.forward(normalize(images, dataset)).features];
  const values = {
    images: shaped(images.subarray(0, height * width * channels), [1, height, width, channels]),
  };
  const first = await firstNonFinite(graph, values, { device, parameters: [...backbone, statistics] });
  throw new NonFiniteError(
    `Cannot go on with "${pass}": it takes finite features, those of image ${image} hold ${
      rows[bad]
    }; the first NaN ` +
      `or infinite numbers are in ${first ?? "the augmented image's"}: the backbone's weights are too large`,
  );
}
