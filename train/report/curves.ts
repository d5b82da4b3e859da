import { plural } from "../progress/count.ts";
import type { EpochRow } from "../results/records.ts";
import { type Line, linePlot } from "./page/line_plot.ts";

/** Up to so many changes of the learning rate are marked; more changes are a curve of their own. */
const FEW_CHANGES = 4;

/** A curve over the epochs; where the learning rate changes now and then, a line with its new value. */
function curve(
  id: string,
  heading: string,
  epochs: readonly EpochRow[],
  value: (row: EpochRow) => number,
): string {
  const changes = changesOf(epochs);
  const points = epochs.map((row): [number, number] => [row.epoch, value(row)]);
  const marks = changes.length > FEW_CHANGES ? [] : changes;
  return curves(id, heading, epochs.length, [{ name: "", colour: "after", points }], marks);
}

/** Several curves over the epochs in one plot. @param marks Epochs before which the learning rate changed. */
function curves(
  id: string,
  heading: string,
  epochs: number,
  lines: readonly Line[],
  marks: readonly EpochRow[] = [],
): string {
  return linePlot(id, {
    heading,
    label: `${heading} over ${plural(epochs, "epoch")}`,
    axis: { name: "epoch", min: 1, max: Math.max(2, epochs), minInterval: 1 },
    lines,
    marks: marks.map((row) => ({
      at: row.epoch,
      text: `lr ${Number(row.lr.toPrecision(3))}`,
      // Half of the words would be beyond the right edge.
      align: row.epoch > 0.95 * epochs ? "right" : "center",
    })),
  });
}

/** Training loss and accuracy, the learning rate where it changes often, the test set where it was evaluated on the way. */
export function trainingCurves(epochs: readonly EpochRow[]): string[] {
  if (epochs.length === 0) return [];
  const plots = [
    curve("loss", "Training loss", epochs, (row) => row.loss),
    curve("accuracy", "Training accuracy, %", epochs, (row) => row.accuracy),
  ];
  if (changesOf(epochs).length > FEW_CHANGES) {
    plots.push(curve("rate", "Learning rate", epochs, (row) => row.lr));
  }
  const tests = epochs.flatMap(({ epoch, test }) => test ? [{ epoch, ...test }] : []);
  // A single evaluation, at the end, is in the table above.
  if (tests.length > 1) {
    const over = (key: "mean" | "hmean" | "lowest") =>
      tests.map((test): [number, number] => [test.epoch, test[key]]);
    plots.push(curves("tests", "Recall on the test set, %", epochs.length, [
      { name: "mean", colour: "muted", points: over("mean") },
      { name: "H-mean", colour: "after", points: over("hmean") },
      { name: "lowest", colour: "worse", points: over("lowest") },
    ]));
  }
  return plots;
}

/** The epochs before which the learning rate changed. */
function changesOf(epochs: readonly EpochRow[]): EpochRow[] {
  return epochs.filter((row, i) => i > 0 && row.lr !== epochs[i - 1].lr);
}
