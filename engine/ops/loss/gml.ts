// The geometric mean loss over the classes of a batch (Du and Wu, CVPR 2023), from each sample's nll_i = -log q_i:
//
//   p_i = clamp(q_i, LEAST, 1)    S_c = sum of p_i over the samples of class c, n_c of them     E = classes present
//   L = -(1 / |E|) sum_{c in E} log(S_c / n_c)
//
// Its gradient: only the term of i's own class c depends on q_i, and dlog(S_c / n_c) / dp_i = 1 / S_c; where the
// clamp does not act dp_i / dnll_i = -exp(-nll_i) = -p_i, else 0. So
//
//   dL/dnll_i = p_i / (|E| S_c),  and 0 where q_i < LEAST.
//
// The shares p_i / S_c sum to 1 over a class: every class present pulls with the same weight.
import code from "../../../shaders/loss/gml.wgsl" with { type: "text" };
import gradCode from "../../../shaders/loss/gml_grad.wgsl" with { type: "text" };
import lanes from "../../../shaders/lowering/lanes.wgsl" with { type: "text" };
import termsCode from "../../../shaders/loss/gml_terms.wgsl" with { type: "text" };
import {
  apply,
  defineOp,
  type Kernel,
  misfit,
  type Op,
  type Operand,
  type Tensor,
} from "../../graph/node.ts";
import { sameShape } from "../../kernel/shape.ts";
import { WORKGROUP_SUM } from "../lowering/workgroup_sum.ts";

/** Smallest probability; a sample below it lowers its class's mean no further and has no gradient. */
const LEAST = 1e-5;

/** Per sample `(p / S, -log(S / n), 1, 0)`, the middle two only for the first sample of a class. */
const gmlTermsOp: Op<null> = defineOp({
  name: "gml_terms",
  autocast: "f32",
  infer: (inputs) => {
    const [nll, labels] = inputs;
    const fits = nll.shape.length === 1 && nll.dtype === "f32" && labels.dtype === "u32" &&
      sameShape(nll.shape, labels.shape);
    if (!fits) throw misfit("gml", "nll f32 [B] and labels u32 [B]", inputs, "labels of another batch");
    return { shape: [nll.size, 4], dtype: "f32" as const };
  },
  reference: ({ shape: [batch] }, [nll, labels]) => {
    const p = nll.map((value) => Math.min(Math.max(Math.exp(-value), LEAST), 1));
    const classes = new Map<number, { sum: number; count: number; first: number }>();
    labels.forEach((label, i) => {
      const own = classes.get(label) ?? { sum: 0, count: 0, first: i };
      classes.set(label, { sum: own.sum + p[i], count: own.count + 1, first: own.first });
    });
    const terms = new Float64Array(batch * 4);
    labels.forEach((label, i) => {
      const { sum, count, first } = classes.get(label)!;
      terms[4 * i] = Math.exp(-nll[i]) < LEAST ? 0 : p[i] / sum;
      if (i === first) terms.set([-Math.log(sum / count), 1], 4 * i + 1);
    });
    return terms;
  },
  lower: ({ shape: [batch] }) => ({
    kernels: [{
      label: "gml_terms",
      code: termsCode,
      includes: { lanes },
      bind: { nll: { input: 0 }, labels: { input: 1 }, terms: { output: true } },
      constants: { BATCH: batch, LEAST },
      sizes: ["BATCH"],
      workgroups: [Math.ceil(batch / 32), 1, 1],
    }],
  }),
});

/** GML from nll, labels and the terms that `gml_terms` makes of both. */
const gmlOp: Op<null> = defineOp({
  name: "gml",
  infer: () => ({ shape: [], dtype: "f32" as const }),
  gradient: ({ inputs: [, , terms] }, dy) => [apply(gmlGradOp, [terms, dy], null), null, null],
  reference: (_, [, , terms]) => {
    const [, loss, classes] = columnSums(terms);
    return Float64Array.of(loss / classes);
  },
  lower: ({ inputs: [nll] }) => ({
    kernels: [oneWorkgroup("gml", code, nll.size, { terms: { input: 2 }, y: { output: true } })],
  }),
});

/** `dnll[i] = dy share[i] / |E|`. */
const gmlGradOp: Op<null> = defineOp({
  name: "gml_grad",
  autocast: "f32",
  infer: ([terms]) => ({ shape: [terms.shape[0]], dtype: "f32" as const }),
  reference: ({ shape: [batch] }, [terms, dy]) => {
    const [, , classes] = columnSums(terms);
    return Float64Array.from({ length: batch }, (_, i) => dy[0] * terms[4 * i] / classes);
  },
  lower: ({ size }) => {
    const bind = { terms: { input: 0 }, dy: { input: 1 }, dnll: { output: true } } as const;
    return { kernels: [oneWorkgroup("gml_grad", gradCode, size, bind)] };
  },
});

function oneWorkgroup(label: string, code: string, batch: number, bind: Record<string, Operand>): Kernel {
  const constants = { BATCH: batch };
  return {
    label,
    code,
    bind,
    includes: WORKGROUP_SUM,
    constants,
    sizes: ["BATCH"],
    workgroups: [1, 1, 1],
  };
}

function columnSums(terms: Float64Array): number[] {
  return [0, 1, 2].map((column) => terms.reduce((sum, value, i) => i % 4 === column ? sum + value : sum, 0));
}

/**
 * Geometric mean loss of a batch, a scalar `[]`: minus the mean, over the classes present, of the logarithm of the
 * class's mean probability.
 *
 * @param nll Negative log-likelihood of each sample [B]. @param labels u32 [B].
 * @throws {ShapeError} when they do not fit each other. Source: Du and Wu, CVPR 2023.
 */
export function gml(nll: Tensor, labels: Tensor): Tensor {
  const terms = apply(gmlTermsOp, [nll, labels], null);
  return apply(gmlOp, [nll, labels, terms], null);
}
