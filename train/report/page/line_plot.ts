import { colour, type Drawing, renderSvg, textStyle } from "./svg.ts";

/** A line of a plot. */
export interface Line {
  /** Written at the end of the line, if the plot has several lines. */
  name: string;
  colour: keyof typeof colour;
  /** [x, value]. */
  points: [number, number][];
}

/** An upright line through a plot, with words at its upper end. */
export interface Mark {
  at: number;
  text: string;
  /** The side of the words that stands above the line. */
  align: "left" | "center" | "right";
}

/** Contents of a plot of lines. */
export interface LinePlot {
  heading: string;
  /** A description for people who cannot see the plot. */
  label: string;
  /** The horizontal axis in ECharts' own terms: name, min, max and the steps between. */
  axis: { name: string; min: number; max: number; minInterval?: number; interval?: number };
  lines: readonly Line[];
  marks?: readonly Mark[];
  /** In CSS pixels, where the page has room for them. */
  size?: [width: number, height: number];
}

/** Draws lines over a common axis. @param id Unique in the page. */
export function linePlot(
  id: string,
  { heading, label, axis, lines, marks = [], size: [width, height] = [508, 240] }: LinePlot,
): string {
  const named = lines.length > 1;
  const drawing = {
    title: { text: heading, left: 0, top: 0, padding: 0, textStyle: { ...textStyle, fontWeight: "normal" } },
    grid: { left: 44, right: named ? 60 : 12, top: 40, bottom: 40, outerBoundsMode: "none" },
    xAxis: {
      type: "value",
      nameLocation: "middle",
      nameGap: 24,
      nameTextStyle: textStyle,
      axisLabel: textStyle,
      axisLine: { lineStyle: { color: colour.rule } },
      axisTick: { show: false },
      splitLine: { show: false },
      ...axis,
    },
    yAxis: {
      type: "value",
      scale: true,
      splitNumber: 4,
      axisLabel: textStyle,
      axisLine: { show: false, onZero: false }, // or the numbers would stand within a plot that has x = 0 inside
      axisTick: { show: false },
      splitLine: { lineStyle: { color: colour.rule, width: 0.5 } },
    },
    series: lines.map((line, i) => ({
      type: "line",
      name: line.name,
      silent: true,
      emphasis: { disabled: true },
      data: line.points,
      // A single point makes no line.
      symbol: line.points.length > 1 ? "none" : "circle",
      symbolSize: 7,
      lineStyle: { color: colour[line.colour], width: 2 },
      itemStyle: { color: colour[line.colour] },
      endLabel: { ...textStyle, show: named, formatter: "{a}", color: colour[line.colour], distance: 6 },
      labelLayout: { moveOverlap: "shiftY" },
      markLine: {
        silent: true,
        symbol: "none",
        data: (i === 0 ? marks : []).map(({ at, text, align }) => ({
          xAxis: at,
          name: text,
          label: { align },
        })),
        lineStyle: { color: colour.muted, type: [2, 3], width: 0.75 },
        label: { formatter: "{b}", position: "end", ...textStyle, distance: 4 },
      },
    })),
  } as Drawing;
  return renderSvg(id, label, drawing, width, height);
}
