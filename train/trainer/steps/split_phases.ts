// The phases of a step in parts as functions, and the values that they hand on to each other. See split_step.ts.
import {
  accumulate,
  accumulateMetrics,
  constant,
  type Forward,
  grad,
  jit,
  type Jitted,
  parameter,
  type ParameterLayout,
  pullback,
  type Tensor,
  tensorsLike,
} from "../../../engine/mod.ts";
import type { Inputs } from "../../features/inputs.ts";
import type { Phases } from "../methods/method.ts";
import { jitOptions, optimise, reducedOf, scaled, type StepParts } from "./step_plans.ts";

/** The stores that the phases hand on to each other, in memory or as a description to be measured. */
export class Seam<Store extends ParameterLayout> {
  readonly #features = new Map<number, Store>();
  readonly #slopes = new Map<number, Store>();
  #total: Store | null = null;

  constructor(
    private readonly parts: StepParts,
    private readonly phases: Phases,
    private readonly store: (tensors: readonly Tensor[], label: string) => Store,
  ) {}

  /** Features [count, F] of this process's images of a batch. */
  features(count: number): Store {
    return this.#rows(this.#features, "features", count);
  }

  /** dL/dfeatures [size, F] of a part. */
  slopes(size: number): Store {
    return this.#rows(this.#slopes, "slopes", size);
  }

  /** The gradients, laid out as the weights. */
  get total(): Store {
    const { tensors } = this.parts.method.weights;
    return this.#total ??= this.store(tensorsLike(tensors, "gradient"), "gradients");
  }

  /** All stores made so far. */
  get stores(): Store[] {
    return [...this.#features.values(), ...this.#slopes.values(), ...this.#total ? [this.#total] : []];
  }

  /** Forgets the stores; the next use makes them anew. */
  clear(): void {
    this.#features.clear();
    this.#slopes.clear();
    this.#total = null;
  }

  #rows(known: Map<number, Store>, name: string, count: number): Store {
    const store = known.get(count) ?? this.store([parameter(name, [count, this.phases.width])], name);
    known.set(count, store);
    return store;
  }
}

/** The phases as functions of the values of a batch, or of a part of a batch. */
export interface PhaseJits {
  encode: Jitted<[Inputs], Forward>;
  /** Gives the slopes, if the backbone is trained. */
  judge: Jitted<[Inputs], { slopes?: Tensor; updates: Tensor[] }>;
  /** The second argument is 0 for the first part of a batch, then 1. */
  descend: Jitted<[Inputs, Tensor], { updates: Tensor[] }>;
  /** Takes the learning rate. */
  update: Jitted<[Tensor], { updates: Tensor[] }>;
}

/** The tensors of the backbone that are trained. */
export function trunkOf({ method: { weights } }: StepParts, { head }: Phases): Tensor[] {
  return weights.tensors.filter((tensor) => !head.includes(tensor));
}

/** The phases of a step made of these parts; they hand on their values over the seam. */
export function jitsOf(parts: StepParts, phases: Phases, seam: Seam<ParameterLayout>): PhaseJits {
  const { method: { weights }, sums } = parts;
  const trunk = trunkOf(parts, phases);
  const head = weights.tensors.filter((tensor) => !trunk.includes(tensor));
  const options = jitOptions(parts, seam.stores);
  /** The place where gradients of neighbours among the weights are added up. */
  const totalOf = (tensors: readonly Tensor[]) => {
    const own = tensors.map((tensor) => seam.total.tensors[weights.tensors.indexOf(tensor)]);
    return { tensors: own, flat: seam.total.span(own) };
  };
  return {
    encode: jit(phases.encode, options),
    judge: jit((inputs: Inputs) => {
      const [features] = seam.features(parts.method.share.own(inputs.labels.size)).tensors;
      const { loss, hits } = phases.judge(features, inputs);
      const wrt = trunk.length > 0 ? [...head, features] : head;
      const gradients = grad(scaled(parts, loss), wrt);
      const ofHead = accumulate({
        total: totalOf(head),
        gradients: gradients.slice(0, head.length),
        keep: constant([0], []),
      });
      return {
        ...trunk.length > 0 && { slopes: gradients.at(-1)! },
        updates: [accumulateMetrics(sums.tensors[0], loss, hits), ofHead],
      };
    }, options),
    descend: jit((inputs: Inputs, keep: Tensor) => {
      // The running statistics are moved on in the first phase.
      const { features } = phases.encode(inputs);
      const [slopes] = seam.slopes(features.shape[0]).tensors;
      const gradients = pullback(features, slopes, trunk);
      return { updates: [accumulate({ total: totalOf(trunk), gradients, keep })] };
    }, options),
    update: jit((lr: Tensor) => ({ updates: optimise(parts, totalOver(parts, seam.total), lr) }), options),
  };
}

/** The gradients that were added up, over all processes. */
function totalOver(parts: StepParts, { flat, tensors }: ParameterLayout): readonly Tensor[] | Tensor {
  return parts.method.share.communicator ? reducedOf(parts, tensors) : flat;
}
