import code from "../../../shaders/loss/hits.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { sameShape } from "../../kernel/shape.ts";
import { argmaxOp } from "../statistics/argmax.ts";
import { overRows } from "../lowering/rows.ts";

/** `y[b] = 1 where argmax logits[b, :] is labels[b], else 0`. */
const hitsOp: Op<null> = defineOp({
  name: "hits",
  infer: (inputs) => {
    const [logits, labels] = inputs;
    const fits = logits.shape.length === 2 && logits.dtype === "f32" && labels.dtype === "u32" &&
      sameShape(labels.shape, [logits.shape[0]]);
    if (!fits) {
      throw misfit("hits", "logits f32 [B, C] and labels u32 [B]", inputs, "labels of another batch");
    }
    return { shape: labels.shape, dtype: "f32" as const };
  },
  reference: (node, [logits, labels]) =>
    argmaxOp.reference(node, [logits]).map((best, b) => best === labels[b] ? 1 : 0),
  wants: ["fast"],
  lower: ({ inputs: [logits] }, { family }) => {
    const bind = { logits: { input: 0 }, labels: { input: 1 }, y: { output: true } } as const;
    return { kernels: [overRows("hits", code, family, logits.shape, bind)] };
  },
});

/**
 * 1 for each row of logits [B, C] whose largest value, the first on ties, is at the label, else 0: f32 [B]. NaN is larger
 * than any number, as for {@link argmax}.
 */
export function hits(logits: Tensor, labels: Tensor): Tensor {
  return apply(hitsOp, [logits, labels], null);
}
