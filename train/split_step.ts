// A step on a batch that is too large for the device, with the result of the whole batch.
//
//   1. encode    each part through the backbone: its rows of the features [B, F]
//   2. judge     the whole batch: the loss of all features, the classifier's gradients, and dL/dfeatures [B, F]
//   3. descend   each part through the backbone again, and back from its rows of dL/dfeatures: sum_i f_i dL/df_i has the
//                gradients of the loss; they are added up in the order of the parts
//   4. update    one step of the optimiser
//
// The loss sees every image of the batch at once, so class sums, weights and means are those of the whole batch whatever
// the loss. Where the backbone is frozen there is no third phase. Only batch norms that go by the batch see a part alone.
// The price is a second forward pass; the memory is that of one part, and of the features. Nothing is waited for.
// What is frozen before a last stage is passed twice, too: keeping its outputs would spare that, for 411 MB of a batch of
// 512 images of 224 x 224 before ResNet-50's last stage, in pieces that a binding holds. It is not done.
//
// Source: T. Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016, of which this is the case of one
// checkpoint, at the features; L. Gao et al., "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup",
// 2021, for losses of the whole batch.
import {
  accumulate,
  constant,
  type Feeds,
  grad,
  input,
  parameter,
  ParameterLayout,
  Parameters,
  Plan,
  type PlanSize,
  type PlanSpec,
  pullback,
  type Tensor,
  tensorsLike,
  track,
} from "../engine/mod.ts";
import type { Phases } from "./method.ts";
import {
  optimise,
  type PlanRun,
  runAll,
  scaled,
  type StepParts,
  type StepPlans,
  together,
} from "./step_plans.ts";

const [FEATURES, SLOPES, KEEP] = ["features", "slopes", "keep"];

/** What the phases hand on to each other, in memory or as a description to be measured. */
interface Seam<Store extends ParameterLayout> {
  /** [B, F]. */
  features: Store;
  /** The gradients, laid out as the weights. */
  total: Store;
  /** dL/dfeatures of a part [size, F], by its size; none where the backbone is frozen. */
  slopes: ReadonlyMap<number, Store>;
}

/** The graphs of the phases, those of the parts by their size. */
interface Specs<Store extends ParameterLayout> {
  encode: ReadonlyMap<number, PlanSpec<Store>>;
  judge: PlanSpec<Store>;
  descend: ReadonlyMap<number, PlanSpec<Store>>;
  update: PlanSpec<Store>;
}

/** What a batch in parts of these sizes takes. */
export function measureSplit(parts: StepParts, phases: Phases, sizes: readonly number[]): PlanSize {
  const seam = seamOf(parts, phases, sizes, (tensors, label) => new ParameterLayout(tensors, label));
  const { encode, judge, descend, update } = specsOf<ParameterLayout>(parts, phases, sizes, seam);
  const specs = [...encode.values(), judge, ...descend.values(), update];
  return together(specs.map((spec) => Plan.measure(parts.device, spec)), storesOf(seam));
}

/** A step in parts of these sizes, in this order. */
export class SplitStep implements StepPlans {
  private constructor(
    private readonly sizes: readonly number[],
    private readonly seam: Seam<Parameters>,
    private readonly encoders: ReadonlyMap<number, Plan>,
    private readonly judge: Plan,
    private readonly descents: ReadonlyMap<number, Plan>,
    private readonly update: Plan,
    private readonly owned: DisposableStack,
  ) {}

  /** @throws {MemoryError} when the budget does not hold it. */
  static async make(parts: StepParts, phases: Phases, sizes: readonly number[]): Promise<SplitStep> {
    using open = new DisposableStack();
    const store = (tensors: readonly Tensor[], label: string) =>
      open.use(new Parameters(parts.device, tensors, label));
    const seam = seamOf(parts, phases, sizes, store);
    const { encode, judge, descend, update } = specsOf<Parameters>(parts, phases, sizes, seam);
    const planOf = async (spec: PlanSpec) => open.use(await Plan.make(parts.device, spec));
    const plansOf = async (specs: ReadonlyMap<number, PlanSpec>) => {
      const plans = new Map<number, Plan>();
      for (const [size, spec] of specs) plans.set(size, await planOf(spec));
      return plans;
    };
    const encoders = await plansOf(encode);
    const descents = await plansOf(descend);
    return new SplitStep(
      sizes,
      seam,
      encoders,
      await planOf(judge),
      descents,
      await planOf(update),
      open.move(),
    );
  }

  *runs(feeds: Feeds): Generator<PlanRun> {
    yield* this.#encode(feeds);
    yield { name: "judge", plan: this.judge, feeds: pick(this.judge, feeds) };
    for (const { size, from } of this.#parts()) {
      const plan = this.descents.get(size);
      const slopes = this.seam.slopes.get(size);
      if (!plan || !slopes) continue;
      this.judge.copyRows(SLOPES, from, slopes, slopes.tensors[0], 0, size);
      const own = { ...rowsOf(plan.inputs, feeds, from, size), [KEEP]: Float32Array.of(from === 0 ? 0 : 1) };
      yield { name: `descend, ${size} images`, plan, feeds: own };
    }
    yield { name: "update", plan: this.update, feeds: pick(this.update, feeds) };
  }

  /** The first phase alone. @returns The store of the features [B, F], its only tensor; it is this step's. */
  encode(feeds: Feeds): Parameters {
    runAll(this.#encode(feeds));
    return this.seam.features;
  }

  *#encode(feeds: Feeds): Generator<PlanRun> {
    const { features } = this.seam;
    for (const { size, from } of this.#parts()) {
      const plan = this.encoders.get(size)!;
      yield { name: `encode, ${size} images`, plan, feeds: rowsOf(plan.inputs, feeds, from, size) };
      plan.copyRows(FEATURES, 0, features, features.tensors[0], from, size);
    }
  }

  [Symbol.dispose](): void {
    this.owned.dispose();
  }

  *#parts(): Generator<{ size: number; from: number }> {
    let from = 0;
    for (const size of this.sizes) {
      yield { size, from };
      from += size;
    }
  }
}

/**
 * The rows of a part in the feeds of a batch; what is no matter of rows stays whole.
 *
 * @param inputs Those of the part's graph. Other feeds are left out.
 */
export function rowsOf(inputs: ReadonlyMap<string, Tensor>, feeds: Feeds, from: number, size: number): Feeds {
  const given = [...inputs].filter(([name]) => name in feeds).map(([name, tensor]) => {
    const row = tensor.size / size;
    const values = feeds[name];
    return [name, tensor.shape.length === 0 ? values : values.subarray(from * row, (from + size) * row)];
  });
  return Object.fromEntries(given);
}

function pick({ inputs }: Plan, feeds: Feeds): Feeds {
  return Object.fromEntries([...inputs.keys()].map((name) => [name, feeds[name]]));
}

/** The tensors of the backbone that are trained. */
function trunkOf({ method: { weights } }: StepParts, { head }: Phases): Tensor[] {
  return weights.tensors.filter((tensor) => !head.includes(tensor));
}

function seamOf<Store extends ParameterLayout>(
  parts: StepParts,
  phases: Phases,
  sizes: readonly number[],
  store: (tensors: readonly Tensor[], label: string) => Store,
): Seam<Store> {
  const count = sizes.reduce((a, b) => a + b, 0);
  const rows = (name: string, size: number) => store([parameter(name, [size, phases.width])], name);
  const trained = trunkOf(parts, phases).length > 0;
  return {
    features: rows(FEATURES, count),
    total: store(tensorsLike(parts.method.weights.tensors, "gradient"), "gradients"),
    slopes: new Map([...new Set(trained ? sizes : [])].map((size) => [size, rows(SLOPES, size)])),
  };
}

function storesOf<Store extends ParameterLayout>({ features, total, slopes }: Seam<Store>): Store[] {
  return [features, total, ...slopes.values()];
}

function specsOf<Store extends ParameterLayout>(
  parts: StepParts,
  phases: Phases,
  sizes: readonly number[],
  seam: Seam<Store>,
): Specs<Parameters | Store> {
  const { method: { weights }, sums, stores, config: { precision } } = parts;
  const trunk = trunkOf(parts, phases);
  const head = weights.tensors.filter((tensor) => !trunk.includes(tensor));
  const spec = (own: Omit<PlanSpec, "parameters" | "precision">) => ({
    ...own,
    parameters: [...stores, ...storesOf(seam)],
    precision,
  });
  /** Where the gradients of neighbours among the weights are added up. */
  const totalOf = (tensors: readonly Tensor[]) => {
    const own = tensors.map((tensor) => seam.total.tensors[weights.tensors.indexOf(tensor)]);
    return { tensors: own, flat: seam.total.span(own) };
  };
  const bySize = (specOf: (size: number) => PlanSpec<Parameters | Store>) =>
    new Map([...new Set(sizes)].map((size) => [size, specOf(size)]));

  const [features] = seam.features.tensors;
  const { loss, hits } = phases.judge(features);
  const wrt = trunk.length > 0 ? [...head, features] : head;
  const gradients = grad(scaled(parts, loss), wrt);
  const ofHead = accumulate({
    total: totalOf(head),
    gradients: gradients.slice(0, head.length),
    keep: constant([0], []),
  });
  return {
    encode: bySize((size) => {
      const { features, updates } = phases.encode(size);
      return spec({ outputs: { [FEATURES]: features }, updates });
    }),
    judge: spec({
      outputs: trunk.length > 0 ? { [SLOPES]: gradients.at(-1)! } : {},
      updates: [track(sums.tensors[0], loss, hits), ofHead],
    }),
    descend: trunk.length === 0 ? new Map() : bySize((size) => {
      // The running statistics are moved on in the first phase.
      const { features } = phases.encode(size);
      const [slopes] = seam.slopes.get(size)!.tensors;
      const effect = accumulate({
        total: totalOf(trunk),
        gradients: pullback(features, slopes, trunk),
        keep: input(KEEP, []),
      });
      return spec({ updates: [effect] });
    }),
    update: spec({ updates: optimise(parts, seam.total.flat) }),
  };
}
