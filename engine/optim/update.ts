import grid from "../../shaders/lowering/grid.wgsl" with { type: "text" };
import update from "../../shaders/optim/update.wgsl" with { type: "text" };
import { ShapeError } from "../graph/errors.ts";
import type { Kernel, Operand, Tensor } from "../graph/node.ts";
import { pack } from "../ops/shape/pack.ts";
import { nameOf } from "../graph/source.ts";
import type { Parameters } from "../device/parameters.ts";
import { sameShape } from "../kernel/shape.ts";
import { globalNorm } from "./global_norm.ts";
import { groupTable, type ParameterGroup } from "./groups.ts";

/** Options that every optimiser's step takes. */
export interface UpdateOptions {
  /** The store to train. */
  parameters: Parameters;
  /** Gradient of each parameter, in the store's order, or one tensor laid out by {@link pack} or {@link accumulate}. */
  gradients: readonly Tensor[] | Tensor;
  /** Learning rate, a scalar `[]`: an input, so that a schedule can change it. */
  lr: Tensor;
  /** Weight decay of the parameters in no group, biases included. Default 0. */
  weightDecay?: number | undefined;
  /** Parameters with a learning rate or weight decay of their own; default none. */
  groups?: readonly ParameterGroup[] | undefined;
  /** Largest norm of the gradients over all parameters; larger gradients are scaled down to it. Default no limit. */
  clipNorm?: number | undefined;
  /** Metrics of {@link accumulateMetrics}. Once they count a step without a finite loss, no step updates anything any more. */
  guard?: Tensor | undefined;
  /** Factor and norm that {@link unscale} gives with gradients of a scaled loss; a step that is not finite is skipped. */
  unscaled?: Tensor | undefined;
}

/** Attributes of a step, known when the graph is built. */
export interface UpdateAttrs {
  weightDecay: number;
  clipNorm: number | null;
  guarded: boolean;
  grouped: boolean;
  scaled: boolean;
}

/**
 * The inputs that all optimisers share, after their own: gradient and lr; guard, groups and the factor of a scaled loss
 * where the step has them; and the norm, where the gradients are not scaled.
 *
 * @throws {ShapeError} when the gradients do not fit the parameters. @throws {RangeError} when groups overlap or
 * clipNorm is not above 0.
 */
export function updateInputs(
  op: string,
  { parameters, gradients, lr, weightDecay = 0, groups, clipNorm, guard, unscaled }: UpdateOptions,
): { inputs: Tensor[]; attrs: UpdateAttrs } {
  const gradient = flatGradient(op, parameters, gradients);
  if (clipNorm !== undefined && !(clipNorm > 0)) {
    throw new RangeError(
      `Cannot add ${op} to the graph: it takes a clipNorm above 0, current is ${clipNorm}`,
    );
  }
  const inputs = [
    gradient,
    lr,
    ...guard ? [guard] : [],
    ...groups ? [groupTable(op, parameters, groups, weightDecay)] : [],
    ...unscaled ? [unscaled] : [],
    ...clipNorm !== undefined && !unscaled ? [globalNorm(gradient)] : [],
  ];
  const given = { guarded: !!guard, grouped: !!groups, scaled: !!unscaled };
  return { inputs, attrs: { weightDecay, clipNorm: clipNorm ?? null, ...given } };
}

/** True if the shared inputs, which begin at `from`, fit parameters of this size. */
export function updateFits(inputs: readonly Tensor[], from: number, attrs: UpdateAttrs): boolean {
  const { guarded, grouped, scaled } = attrs;
  const [gradient, lr, ...rest] = inputs.slice(from);
  return sameShape(gradient.shape, inputs[0].shape) && lr.shape.length === 0 &&
    (!guarded || sameShape(rest[0].shape, [8])) &&
    (!scaled || sameShape(rest[Number(guarded) + Number(grouped)].shape, [2]));
}

/** Bytes of the shared inputs for each 4-vector of parameters, of those that are walked along with them. */
export function alongUpdate({ grouped }: UpdateAttrs): Record<string, number> {
  return { gradient: 16, ...grouped && { groups: 8 / 16 } };
}

/** Operands and switches of an optimiser's kernel for the inputs from `from` on. */
export function updateKernel(
  attrs: UpdateAttrs,
  from: number,
): Pick<Kernel, "bind" | "defines" | "includes" | "constants"> {
  const { weightDecay, clipNorm, guarded, grouped, scaled } = attrs;
  const clipped = clipNorm !== null;
  const last = [scaled && "unscaled", clipped && !scaled && "norm"];
  const names = ["gradient", "lr", guarded && "guard", grouped && "groups", ...last];
  const bind: Record<string, Operand> = {};
  names.filter((name) => name !== false).forEach((name, n) => bind[name] = { input: from + n });
  return {
    bind,
    defines: {
      GUARDED: Number(guarded),
      GROUPED: Number(grouped),
      SCALED: Number(scaled),
      CLIPPED: Number(clipped),
    },
    includes: { grid, update },
    constants: { ...!grouped && { DECAY: weightDecay }, ...clipped && { CLIP: clipNorm } },
  };
}

/** The shared inputs in float64: the numbers of the i-th parameter, or null where the step is not taken. */
export function updateReference(
  { weightDecay, clipNorm, guarded, grouped, scaled }: UpdateAttrs,
  [gradient, [lr], ...rest]: readonly Float64Array[],
): null | ((i: number) => { rate: number; decay: number; g: number }) {
  if (guarded && rest.shift()![3] !== 0) return null;
  const groups = grouped ? rest.shift()! : null;
  const [factor, ofScaled] = scaled ? rest.shift()! : [1];
  if (factor === 0) return null;
  const norm = ofScaled ?? rest[0]?.[0];
  const scale = factor * (clipNorm === null ? 1 : Math.min(1, clipNorm / (norm + 1e-6)));
  return (i) => {
    const block = 2 * Math.floor(i / 64);
    const [rate, decay] = groups ? [groups[block], groups[block + 1]] : [1, weightDecay];
    return { rate: lr * rate, decay, g: gradient[i] * scale };
  };
}

/** Gradients as one flat tensor. @throws {ShapeError} when they do not fit the parameters. */
export function flatGradient(
  op: string,
  parameters: Pick<Parameters, "tensors">,
  gradients: readonly Tensor[] | Tensor,
): Tensor {
  if (!Array.isArray(gradients)) return gradients as Tensor;
  const { tensors } = parameters;
  const strange = tensors.find((tensor, i) => !gradients[i] || !sameShape(gradients[i].shape, tensor.shape));
  if (strange || gradients.length !== tensors.length) {
    const takes = strange ? `one like ${describeName(strange)} in its place` : `${tensors.length} of them`;
    const given = gradients.map(({ shape }) => `[${shape.join(", ")}]`).join(", ");
    throw new ShapeError(
      `Cannot add ${op} to the graph: it takes gradients, ${takes}, current are ${given}: ` +
        "they are in another order than the tensors of the store",
    );
  }
  return pack(gradients);
}

function describeName(tensor: Tensor): string {
  return `${nameOf(tensor)} [${tensor.shape.join(", ")}]`;
}
