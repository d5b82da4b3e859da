import { CheckpointError } from "../tensors/checkpoint_error.ts";
import { headsIn } from "../match/head_names.ts";
import { type RawTensor, showShape, type StateDict } from "../tensors/raw_tensor.ts";

/**
 * Folds learned factors s of the logits s (W f + b) into the last layer, which becomes s W and s b.
 *
 * @param scales [classes] or [1, classes], and their name for errors; null: returns the state unchanged.
 * @throws {CheckpointError} when the state has no last layer with weight and bias, or another number of classes.
 */
export function foldScales(
  state: StateDict,
  scales: { name: string; tensor: RawTensor } | null,
): StateDict {
  if (!scales) return state;
  const { name, tensor: { shape: size, data: s } } = scales;
  const heads = headsIn(state);
  const [weight, bias] = ["weight", "bias"].map((part) => state.get(`${heads[0]}.${part}`));
  const has = (tensor: RawTensor | undefined, axes: number): tensor is RawTensor =>
    tensor?.shape.length === axes && tensor.shape[0] === s.length && tensor.data instanceof Float32Array;
  if (heads.length !== 1 || !has(weight, 2) || !has(bias, 1)) {
    const shown = (part: string, tensor?: RawTensor) =>
      tensor ? `${heads[0]}.${part} ${showShape(tensor.shape)} ${tensor.dtype}` : `no ${part}`;
    const current = heads.length === 1
      ? `${shown("weight", weight)} and ${shown("bias", bias)}`
      : heads.join(" and ") || "none";
    throw new CheckpointError(
      `Cannot fold ${name} ${
        showShape(size)
      } into the classifier: it takes the weight and bias of one layer with ` +
        `as many classes, current has ${current}: ${
          heads.length === 1 && !bias
            ? "it may be a cosine classifier, which takes no factors"
            : "the parts of the file are of different networks"
        }`,
    );
  }
  const folded = new Map(state);
  for (const [part, { shape, data }] of [["weight", weight], ["bias", bias]] as const) {
    const width = data.length / s.length;
    const values = Float32Array.from(
      data as Float32Array,
      (value, i) => value * Number(s[Math.floor(i / width)]),
    );
    folded.set(`${heads[0]}.${part}`, { shape, dtype: "f32", data: values });
  }
  return folded;
}
