import type { EpochRow } from "../results/records.ts";
import { colour, type Drawing, renderSvg, textStyle } from "./page/svg.ts";

/** Up to so many changes of the learning rate are marked; more changes are a curve of their own. */
const FEW_CHANGES = 4;

/** A line of a plot. */
export interface Line {
  /** Written at the end of the line, if the plot has several lines. */
  name: string;
  colour: keyof typeof colour;
  /** [epoch, value]. */
  points: [number, number][];
}

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
export function curves(
  id: string,
  heading: string,
  epochs: number,
  lines: readonly Line[],
  marks: readonly EpochRow[] = [],
): string {
  const named = lines.length > 1;
  const drawing: Drawing = {
    title: { text: heading, left: 0, top: 0, padding: 0, textStyle: { ...textStyle, fontWeight: "normal" } },
    grid: { left: 44, right: named ? 60 : 12, top: 40, bottom: 40, outerBoundsMode: "none" },
    xAxis: {
      type: "value",
      name: "epoch",
      nameLocation: "middle",
      nameGap: 24,
      nameTextStyle: textStyle,
      min: 1,
      max: Math.max(2, epochs),
      minInterval: 1,
      axisLabel: textStyle,
      axisLine: { lineStyle: { color: colour.rule } },
      axisTick: { show: false },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      scale: true,
      splitNumber: 4,
      axisLabel: textStyle,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: colour.rule, width: 0.5 } },
    },
    series: lines.map((line, i) => ({
      type: "line",
      name: line.name,
      silent: true,
      emphasis: { disabled: true },
      data: line.points,
      // A single epoch makes no line.
      symbol: line.points.length > 1 ? "none" : "circle",
      symbolSize: 7,
      lineStyle: { color: colour[line.colour], width: 2 },
      itemStyle: { color: colour[line.colour] },
      endLabel: { ...textStyle, show: named, formatter: "{a}", color: colour[line.colour], distance: 6 },
      labelLayout: { moveOverlap: "shiftY" },
      markLine: {
        silent: true,
        symbol: "none",
        data: (i === 0 ? marks : []).map((row) => ({
          xAxis: row.epoch,
          name: `lr ${Number(row.lr.toPrecision(3))}`,
          // Half of the words would be beyond the right edge.
          label: { align: row.epoch > 0.95 * epochs ? "right" : "center" },
        })),
        lineStyle: { color: colour.muted, type: [2, 3], width: 0.75 },
        label: { formatter: "{b}", position: "end", ...textStyle, distance: 4 },
      },
    })),
  };
  return renderSvg(id, `${heading} over ${epochs} ${epochs === 1 ? "epoch" : "epochs"}`, drawing, 508, 240);
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
