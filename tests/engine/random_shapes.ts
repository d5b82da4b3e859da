import { add } from "../../engine/ops/arithmetic/add.ts";
import { concat } from "../../engine/ops/shape/concat.ts";
import { l2Normalize } from "../../engine/ops/norm/l2_normalize.ts";
import { max } from "../../engine/ops/statistics/max.ts";
import { mul } from "../../engine/ops/arithmetic/mul.ts";
import { pad } from "../../engine/ops/shape/pad.ts";
import { permute } from "../../engine/ops/shape/permute.ts";
import { reshape } from "../../engine/ops/shape/reshape.ts";
import { scale } from "../../engine/ops/arithmetic/scale.ts";
import { sigmoid } from "../../engine/ops/arithmetic/sigmoid.ts";
import { slice } from "../../engine/ops/shape/slice.ts";
import { stopGradient } from "../../engine/ops/shape/stop_gradient.ts";
import { sub } from "../../engine/ops/arithmetic/sub.ts";
import { mean } from "../../engine/ops/statistics/mean.ts";
import { sum } from "../../engine/ops/reduce/sum.ts";
import type { Shape } from "../../engine/kernel/shape.ts";
import type { Tensor } from "../../engine/graph/node.ts";

/** What a random graph draws by. */
export interface Draws {
  pick: <T>(list: readonly T[]) => T;
  whole: (below: number) => number;
  chance: (share: number) => boolean;
  /** A tensor of this shape, known or new. */
  like: (shape: Shape) => Tensor;
  known: readonly Tensor[];
}

/** Values beyond which nothing is made larger. */
const MOST_VALUES = 600;

/** Ops that change shapes, repeat and join: each makes a tensor of those that are known. */
export function shapeOps({ pick, whole, chance, like, known }: Draws): (() => Tensor)[] {
  const small = () => pick(known.filter(({ size }) => size <= MOST_VALUES));
  const axisOf = ({ shape }: Tensor) => whole(shape.length);
  const shaped = () => pick(known.filter(({ shape }) => shape.length > 0));
  return [
    () => {
      const { shape, size } = shaped();
      const x = shaped();
      const divisor = pick([1, 2, 3, 4, 5, 6].filter((length) => x.size % length === 0));
      return reshape(
        x,
        x.size === size && chance(0.5) ? shape : pick([[-1], [divisor, -1], [1, -1, divisor]]),
      );
    },
    () => {
      const x = shaped();
      const rest = x.shape.map((_, axis) => axis);
      return permute(x, x.shape.map(() => rest.splice(whole(rest.length), 1)[0]));
    },
    () => {
      const x = shaped();
      return slice(
        x,
        x.shape.map((length) => chance(0.5) ? null : [whole(length), length, pick([1, 2, 3])] as const),
      );
    },
    () => {
      const x = small();
      return pad(x, x.shape.map(() => [whole(3), pick([0, 1, 4])] as const), pick([0, 0.5]));
    },
    () => {
      const x = pick(known.filter(({ shape, size }) => shape.length > 0 && size <= MOST_VALUES));
      const axis = axisOf(x);
      const other = like(x.shape.map((length, n) => n === axis ? pick([1, 2, 4]) : length));
      return concat(chance(0.5) ? [x, other, x] : [other, x], axis);
    },
    () => {
      const x = shaped();
      const other = like(x.shape.map((length) => chance(0.5) ? 1 : length).slice(whole(x.shape.length)));
      return scale(pick([add, sub, mul])(other, x), 0.5);
    },
    () => {
      const x = shaped();
      const options = { keepDims: chance(0.5) };
      return scale(pick([sum, mean, max])(x, chance(0.3) ? undefined : axisOf(x), options), 0.3);
    },
    () => pick([sigmoid, stopGradient])(pick(known)),
    () => {
      const x = pick(known.filter(({ shape }) => shape.length >= 2).slice(-4));
      // Far from zero, where directions are not sensitive.
      return l2Normalize(add(sigmoid(x), 0.1), axisOf(x));
    },
  ];
}
