import code from "../../../shaders/shape/one_hot.wgsl" with { type: "text" };
import { apply, defineOp, misfit, type Op, type Tensor } from "../../graph/node.ts";
import { overVectors } from "../lowering/elementwise.ts";

/** `y[b, c] = 1 where labels[b] = c, else 0`. */
const oneHotOp: Op<{ classes: number }> = defineOp<{ classes: number }>({
  name: "one_hot",
  infer: (inputs, { classes }) => {
    const [{ shape, dtype }] = inputs;
    if (shape.length !== 1 || dtype !== "u32") {
      throw misfit("one_hot", "labels u32 [B]", inputs, "labels of another type");
    }
    return { shape: [shape[0], classes], dtype: "f32" };
  },
  reference: ({ size, attrs: { classes } }, [labels]) =>
    Float64Array.from({ length: size }, (_, at) => labels[Math.floor(at / classes)] === at % classes ? 1 : 0),
  wants: ["buffer"],
  lower: (node) => ({ kernels: [overVectors("one_hot", code, node, ["labels"])] }),
});

/** A row for each label, 1 at the label and 0 elsewhere: u32 [B], each below classes, to [B, classes]. Source:
 * torch.nn.functional.one_hot. */
export function oneHot(labels: Tensor, classes: number): Tensor {
  return apply(oneHotOp, [labels], { classes });
}
