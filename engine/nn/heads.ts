import { l2Normalize } from "../ops/norm/l2_normalize.ts";
import { linear } from "../ops/matmul/linear.ts";
import { matmul } from "../ops/matmul/matmul.ts";
import { mul } from "../ops/arithmetic/mul.ts";
import { scale } from "../ops/arithmetic/scale.ts";
import { nameOf, parameter } from "../graph/source.ts";
import { transpose } from "../ops/shape/transpose.ts";
import type { Tensor } from "../graph/node.ts";

/** Kind of the last layer, which makes logits of features f. */
export type HeadKind = "linear" | "cosine" | "scaled";

/** The last layer of a network, a description only. */
export interface Head {
  /** Kind of the layer. */
  readonly kind: HeadKind;
  /** Its trainable tensors, under torch's names. */
  readonly tensors: readonly Tensor[];
  /** The trainable tensors that a checkpoint holds. */
  readonly stored: readonly Tensor[];
  /** Names of tensors that others' checkpoints may hold transposed, [features, classes]. */
  readonly transposed: readonly string[];
  /** Logits [B, classes] of features [B, features]. */
  logits(features: Tensor): Tensor;
  /** Values of a checkpoint, completed by the initial values of tensors that it does not hold. Other names stay. */
  unfold(checkpoint: ReadonlyMap<string, Float32Array>): Map<string, Float32Array>;
  /** Values for a checkpoint that gives the same logits. Other names stay. */
  fold(trained: ReadonlyMap<string, Float32Array>): Map<string, Float32Array>;
}

/** Factor of the cosines of a `cosine` head, LDAM's s. */
export const COSINE_SCALE = 30;

/**
 * The last layer of a kind.
 *
 * - `linear`: W f + b; weight W [classes, features], bias b [classes].
 * - `cosine`: 30 cos(w_c, f), of LDAM; weight alone, whose vectors the method's public code has as columns.
 *   Source: Cao et al., "Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss", NeurIPS 2019.
 * - `scaled`: s (W f + b) with scale s [classes], 1 before training; a checkpoint holds s W and s b as a linear
 *   layer. Source: LWS of Kang et al., "Decoupling Representation and Classifier", ICLR 2020, and Zhong et al.,
 *   "Improving Calibration for Long-Tailed Recognition", CVPR 2021.
 *
 * @param layer Prefix of the tensors' names, such as `linear` in `linear.weight`.
 *
 * @example
 * ```ts
 * import { input } from "everyclass";
 * import { headOf } from "everyclass/nn";
 * const head = headOf("linear", { classes: 10, features: 64 });
 * console.log(head.logits(input("features", [128, 64])).shape); // [128, 10]
 * ```
 */
export function headOf(
  kind: HeadKind,
  size: { classes: number; features: number },
  layer = "linear",
): Head {
  const weight = parameter(`${layer}.weight`, [size.classes, size.features]);
  if (kind === "cosine") {
    const cosines = (f: Tensor) => matmul(l2Normalize(f), transpose(l2Normalize(weight)));
    const head = asStored(kind, [weight], (f) => scale(cosines(f), COSINE_SCALE));
    return { ...head, transposed: [nameOf(weight)] };
  }
  const bias = parameter(`${layer}.bias`, [size.classes]);
  const plain = asStored(kind, [weight, bias], (f) => linear(f, weight, bias));
  return kind === "linear" ? plain : scaled(plain, layer);
}

/** A head whose checkpoint holds the trained tensors unchanged. */
function asStored(kind: HeadKind, tensors: Tensor[], logits: Head["logits"]): Head {
  const same = (values: ReadonlyMap<string, Float32Array>) => new Map(values);
  return { kind, tensors, stored: tensors, transposed: [], logits, unfold: same, fold: same };
}

function scaled({ tensors: stored, logits, ...rest }: Head, layer: string): Head {
  const [{ size: classes }] = stored.slice(-1);
  const scales = parameter(`${layer}.scale`, [classes]);
  return {
    ...rest,
    tensors: [...stored, scales],
    stored,
    logits: (f) => mul(logits(f), scales),
    unfold: (checkpoint) => new Map([...checkpoint, [nameOf(scales), new Float32Array(classes).fill(1)]]),
    fold: (trained) => {
      const folded = new Map(trained);
      const s = trained.get(nameOf(scales))!;
      folded.delete(nameOf(scales));
      for (const tensor of stored) {
        const values = trained.get(nameOf(tensor))!;
        const width = values.length / classes;
        folded.set(nameOf(tensor), values.map((value, i) => s[Math.floor(i / width)] * value));
      }
      return folded;
    },
  };
}
