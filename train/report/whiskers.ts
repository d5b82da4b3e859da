import type { ModelStatistics } from "../statistics/model.ts";
import type { Panel } from "./panel.ts";
import { colour, textStyle } from "./page/svg.ts";

/** Statistics of each model of a run; null for a missing model. */
export type StatisticsOf = Record<"before" | "after" | "ensemble", ModelStatistics | null>;

/** On which side of the middle of a class the interval of each model stands. */
const SIDE = { before: -1, after: 0, ensemble: 1 } as const;

/** The part of ECharts' interface that draws an item of a custom series. */
interface Item {
  value(dimension: number): number;
  coord(point: number[]): number[];
  size(point: number[]): number[];
}

/**
 * Draws the 95 % interval of every class's recall by one model as a thin line, for the ensemble with a dot at its
 * recall.
 *
 * @param labels Labels of the classes in the order of the panel; each has test images.
 * @param numbers True to write the recall above each interval.
 */
export function whiskers(
  model: keyof StatisticsOf,
  statistics: ModelStatistics,
  labels: readonly number[],
  numbers = false,
): Panel["series"][0] {
  const data = labels.map((label, i) => {
    const { value, low, high } = statistics.classes[label].recall!;
    return [i, 100 * low, 100 * high, 100 * value];
  });
  const color = model === "ensemble" ? colour.ensemble : colour.ink;
  const renderItem = (_: unknown, item: Item) => {
    const width = item.size([1, 0])[0];
    // Halfway between the edges of the narrow and the wide bar.
    const shift = SIDE[model] * (Math.min(0.76 * width, 52) + Math.min(0.34 * width, 24)) / 4;
    const [x, low] = item.coord([item.value(0), item.value(1)]);
    const high = item.coord([0, item.value(2)])[1];
    const y = item.coord([0, item.value(3)])[1];
    const line = {
      type: "line",
      shape: { x1: x + shift, y1: low, x2: x + shift, y2: high },
      style: { stroke: color, lineWidth: width < 12 ? 0.75 : 1.25 },
    };
    const radius = Math.max(1, Math.min(3.5, width / 8));
    const halo = { ...line, style: { stroke: colour.paper, lineWidth: width < 12 ? 0 : 3 } };
    const dot = { type: "circle", shape: { cx: x + shift, cy: y, r: radius }, style: { fill: color } };
    const text = {
      type: "text",
      x: x + shift,
      y: high - 4,
      style: {
        ...textStyle,
        text: item.value(3).toFixed(1),
        fill: colour.muted,
        textAlign: "center",
        textVerticalAlign: "bottom",
      },
    };
    return {
      type: "group",
      children: [halo, line, ...model === "ensemble" ? [dot] : [], ...numbers ? [text] : []],
    };
  };
  return { type: "custom", data, options: { renderItem, clip: false } };
}
