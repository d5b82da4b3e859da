import { memoryOf } from "../../engine/graph/graph.ts";
import { add } from "../../engine/ops/arithmetic/add.ts";
import { batchNorm } from "../../engine/ops/norm/batch_norm.ts";
import { batchNormTraining } from "../../engine/ops/norm/batch_norm_training.ts";
import { conv2d } from "../../engine/ops/conv/conv2d.ts";
import { copy } from "../../engine/ops/arithmetic/copy.ts";
import { expand, sum } from "../../engine/ops/reduce/sum.ts";
import { linear } from "../../engine/ops/matmul/linear.ts";
import { mul } from "../../engine/ops/arithmetic/mul.ts";
import { pack } from "../../engine/ops/shape/pack.ts";
import { avgPool } from "../../engine/ops/conv/avg_pool.ts";
import { globalAvgPool } from "../../engine/ops/conv/global_avg_pool.ts";
import { maxPool } from "../../engine/ops/conv/max_pool.ts";
import { relu } from "../../engine/ops/arithmetic/relu.ts";
import { running } from "../../engine/ops/effects/running.ts";
import { scale } from "../../engine/ops/arithmetic/scale.ts";
import { softmax } from "../../engine/ops/loss/softmax.ts";
import { constant, input, parameter } from "../../engine/graph/source.ts";
import { transpose } from "../../engine/ops/shape/transpose.ts";
import { globalNorm } from "../../engine/optim/global_norm.ts";
import { simplify } from "../../engine/plan/passes/simplify.ts";
import { type Shape, sizeOf } from "../../engine/kernel/shape.ts";
import type { Tensor } from "../../engine/graph/node.ts";
import { inTexture, padding } from "./in_texture.ts";
import { shapeOps } from "./random_shapes.ts";
import { uniform } from "./random.ts";

/** A graph to be planned, and its sources. */
export interface RandomGraph {
  outputs: Record<string, Tensor>;
  updates: Tensor[];
  inputs: Tensor[];
  /** The tensors of two stores, either of which may be empty. */
  stores: [Tensor[], Tensor[]];
}

const LENGTHS = [1, 2, 3, 4, 5, 6, 8];

/**
 * A graph of some twenty ops on small tensors: channels that end inside a vector, tensors used many times, sources and
 * packed tensors among the outputs, an output under two names, updates of parameters that are read elsewhere.
 */
export function randomGraph(seed: number): RandomGraph {
  const next = uniform(seed);
  const whole = (below: number) => Math.floor(next() * below);
  const pick = <T>(list: readonly T[]): T => list[whole(list.length)];
  const length = () => pick(LENGTHS);
  const chance = (share: number) => next() < share;

  const inputs: Tensor[] = [];
  const stores: [Tensor[], Tensor[]] = [[], []];
  const known: Tensor[] = [];
  const keep = (tensor: Tensor): Tensor => known[known.push(tensor) - 1];

  const source = (shape: Shape): Tensor => {
    const kind = whole(5);
    if (kind < 2) return keep(inputs[inputs.push(input(`x${inputs.length}`, shape)) - 1]);
    if (kind === 2) return keep(constant(Array.from({ length: sizeOf(shape) }, () => next() - 0.5), shape));
    const store = pick(stores);
    return keep(store[store.push(parameter(`p${stores.flat().length}`, shape)) - 1]);
  };
  const like = (shape: Shape): Tensor => {
    const same = known.filter((tensor) => tensor.shape.join() === shape.join());
    return same.length > 0 && chance(0.75) ? pick(same) : source(shape);
  };
  const ofRank = (rank: number): Tensor => {
    const fitting = known.filter(({ shape }) => shape.length === rank).slice(-4);
    return fitting.length > 0 ? pick(fitting) : source(Array.from({ length: rank }, length));
  };
  const vectors = (x: Tensor) => {
    const own = [x.shape.at(-1)!];
    const variance = like(own);
    return { gamma: like(own), beta: like(own), mean: like(own), variance: mul(variance, variance) };
  };
  const maybe = (x: Tensor): Tensor => {
    const y = chance(0.5) ? add(x, like(x.shape)) : x;
    return chance(0.5) ? relu(y) : y;
  };
  const window = () => ({ kernel: pick([1, 2, 3]), stride: pick([1, 2]), padding: 0 });
  const fits = (x: Tensor, kernel: number) => Math.min(x.shape[1], x.shape[2]) >= kernel;

  // Norms with a large eps and products made smaller keep rounding errors small.
  const ops: (() => Tensor | null)[] = [
    () => {
      const x = pick(known);
      return add(x, like(x.shape));
    },
    () => maybe(pick(known)),
    () => {
      const x = pick(known);
      return scale(mul(x, like(x.shape)), 0.5);
    },
    () => scale(pick(known), chance(0.2) ? 0 : 1 - 2 * next()),
    () => {
      const x = ofRank(2);
      const weight = like([length(), x.shape[1]]);
      return scale(linear(x, weight, chance(0.5) ? like([weight.shape[0]]) : undefined), 0.4);
    },
    () => transpose(ofRank(2)),
    () => softmax(ofRank(2)),
    () => sum(ofRank(2), 0),
    () => {
      const x = ofRank(1);
      return expand(x, [length(), x.size]);
    },
    () => scale(sum(pick(known)), 0.3),
    ...shapeOps({ pick, whole, chance, like, known }),
    () => {
      const [x, kernel, padding] = [ofRank(4), pick([1, 2, 3]), pick([0, 1])];
      if (!fits(x, kernel)) return null;
      const weight = like([length(), kernel, kernel, x.shape[3]]);
      const y = conv2d(x, weight, { stride: pick([1, 2]), padding });
      return scale(maybe(chance(0.6) ? batchNorm(y, vectors(y), 0.3) : y), 0.4);
    },
    () => {
      const x = pick([ofRank(2), ofRank(4)]);
      return chance(0.5) ? maybe(batchNormTraining(x, vectors(x), 0.3).y) : batchNorm(x, vectors(x), 0.3);
    },
    () => globalAvgPool(ofRank(4)),
    () => {
      const [x, moves] = [ofRank(4), window()];
      return fits(x, moves.kernel) ? pick([avgPool, maxPool])(x, moves) : null;
    },
    () => pick([copy, inTexture])(pick(known)),
    () => {
      const packed = pack(Array.from({ length: 1 + whole(4) }, () => pick(known)));
      return chance(0.5) ? globalNorm(packed) : packed;
    },
  ];
  source([length(), length()]);
  source([pick([1, 2]), 3, length(), length()]);
  for (let i = 0; i < 20; i++) {
    const made = pick(ops)();
    if (made) keep(made);
  }

  const outputs: Record<string, Tensor> = { last: known.at(-1)!, again: known.at(-1)! };
  for (let i = 0; i < 5; i++) outputs[`y${i}`] = pick(chance(0.7) ? known.slice(-12) : known);
  const matrices = known.filter(({ shape, inputs }) => shape.length >= 2 && inputs.length > 0);
  if (matrices.length > 0) outputs.padding = padding(inTexture(pick(matrices)));
  const updates = stores.flatMap((store) => {
    const target = store.length > 0 && chance(0.6) ? pick(store) : null;
    const values = known.filter((tensor) =>
      target?.size === tensor.size && !store.includes(memoryOf(simplify([tensor])[0]))
    );
    return target && values.length > 0 ? [running(target, pick(values), { momentum: 0.5 })] : [];
  });
  return { outputs, updates, inputs, stores };
}
