// Numbers of a batch norm that processes tell each other: moments on the way there, sums on the way back.
import type { Communicator } from "../../graph/communicator.ts";
import { apply, defineOp, type Op, type Tensor } from "../../graph/node.ts";
import { flatLayout } from "../../graph/parameter_layout.ts";
import { hostOp, onHost } from "../collective/to_host.ts";

interface OfRanks {
  readonly communicator: Communicator;
  /** Rows of this rank's part of the batch. */
  readonly rows: number;
}

/** Moments of all ranks from each rank's own [2, C]: with the biased variance, and behind them with the unbiased one. */
const momentsOfRanksOp: Op<OfRanks & { pixels: number }> = hostOp({
  name: "moments_of_ranks",
  infer: ([moments]) => ({ shape: [flatLayout([moments, moments]).words], dtype: "f32" }),
  async host({ size, attrs: { communicator, rows, pixels } }, own) {
    const width = 1 + own.length;
    // A sum with zeros gathers arrays of one length in one message, without telling the lengths first.
    const all = new Float32Array(communicator.size * width);
    all.set([rows, ...own], communicator.rank * width);
    await communicator.allReduce(all);
    const parts = Array.from(
      { length: communicator.size },
      (_, rank) => all.subarray(rank * width, (rank + 1) * width),
    );
    const { moments, count } = joined(parts, own.length / 2, pixels);
    if (count < 2) {
      throw new RangeError(
        `Cannot normalise by the batch: it takes two values of each channel or more, all ranks together have ${count}`,
      );
    }
    const y = new Float32Array(size);
    y.set(moments);
    y.set(moments.map((value, i) => i < moments.length / 2 ? value : value * count / (count - 1)), size / 2);
    return y;
  },
});

/** Mean and biased variance in float64 from those of parts, each with its number of rows before them. */
function joined(
  parts: readonly Float32Array[],
  channels: number,
  pixels: number,
): { moments: Float64Array; count: number } {
  const total = parts.reduce((sum, [rows]) => sum + rows, 0);
  const moments = new Float64Array(2 * channels);
  for (const [rows, ...own] of parts) {
    for (let c = 0; c < channels; c++) moments[c] += rows / total * own[c];
  }
  for (const [rows, ...own] of parts) {
    for (let c = 0; c < channels; c++) {
      moments[channels + c] += rows / total * (own[channels + c] + (own[c] - moments[c]) ** 2);
    }
  }
  return { moments, count: total * pixels };
}

/** The values of a flat tensor from a number on, in another shape. */
const partOp: Op<{ from: number; shape: readonly number[] }> = defineOp({
  name: "part",
  infer: (_, { shape }) => ({ shape, dtype: "f32" }),
  reference: ({ size, attrs: { from } }, [x]) => x.subarray(from, from + size),
  aliases: 0,
  begins: ({ attrs: { from } }) => from,
  wants: ["buffer"],
});

/**
 * Moments of the parts of a batch that all ranks have.
 *
 * @param moments [2, C] of x, as {@link channelMoments} gives them. @param x [N, ..., C].
 * @returns Moments [2, C] with the biased variance, and with the unbiased one.
 */
export function momentsOfRanks(
  moments: Tensor,
  x: Tensor,
  communicator: Communicator,
): { moments: Tensor; unbiased: Tensor } {
  const { shape } = moments;
  const rows = x.shape[0];
  const flat = onHost(momentsOfRanksOp, moments, { communicator, rows, pixels: x.size / rows / shape[1] });
  return {
    moments: apply(partOp, [flat], { from: 0, shape }),
    unbiased: apply(partOp, [flat], { from: flat.size / 2, shape }),
  };
}

/** Sums [2, C] of all ranks, times this rank's share of the rows: its mean over its own values is that of all. */
const sumsOfRanksOp: Op<OfRanks> = hostOp({
  name: "sums_of_ranks",
  infer: ([{ shape, dtype }]) => ({ shape, dtype }),
  async host({ attrs: { communicator, rows } }, own) {
    const all = Float32Array.of(rows, ...own);
    await communicator.allReduce(all);
    return all.subarray(1).map((sum) => sum * (rows / all[0]));
  },
});

/** The sums [2, C] of the gradient of a batch norm over the parts of all ranks, times this rank's share of the batch. */
export function sumsOfRanks(sums: Tensor, x: Tensor, communicator: Communicator): Tensor {
  return onHost(sumsOfRanksOp, sums, { communicator, rows: x.shape[0] });
}
