import { l2Normalize } from "../ops/l2_normalize.ts";
import { linear } from "../ops/linear.ts";
import { matmul } from "../ops/matmul.ts";
import { mul } from "../ops/mul.ts";
import { scale } from "../ops/scale.ts";
import { nameOf, parameter } from "../ops/source.ts";
import { transpose } from "../ops/transpose.ts";
import type { Tensor } from "../tensor.ts";

/** How a last layer makes logits of features f. */
export type HeadKind = "linear" | "cosine" | "scaled";

/** The last layer of a network, a description only. */
export interface Head {
  /** Which one it is. */
  readonly kind: HeadKind;
  /** Its trainable tensors, under torch's names. */
  readonly tensors: readonly Tensor[];
  /** Those of them that a checkpoint holds. */
  readonly stored: readonly Tensor[];
  /** Names of those that others' checkpoints may hold [features, classes]. */
  readonly transposed: readonly string[];
  /** Logits [B, classes] of features [B, features]. */
  logits(features: Tensor): Tensor;
  /** A checkpoint's values with what it does not hold, as it is before training. Other names stay. */
  unfold(checkpoint: ReadonlyMap<string, Float32Array>): Map<string, Float32Array>;
  /** The values of a checkpoint that has the same logits. Other names stay. */
  fold(trained: ReadonlyMap<string, Float32Array>): Map<string, Float32Array>;
}

/** What the cosines of a `cosine` head are multiplied by: LDAM's s. */
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
 * @param layer What its tensors are named under, such as `linear` in `linear.weight`.
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

/** A head that a checkpoint holds as it is trained. */
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
