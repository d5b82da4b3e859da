import type { EpochRow } from "./records.ts";
import { colour, type Drawing, renderSvg, textStyle } from "./report_svg.ts";

/** A curve over the epochs; where the learning rate changes, a line with its new value. */
export function curve(
  id: string,
  heading: string,
  epochs: readonly EpochRow[],
  value: (row: EpochRow) => number,
): string {
  const drops = epochs.filter((row, i) => i > 0 && row.lr !== epochs[i - 1].lr);
  const drawing: Drawing = {
    title: { text: heading, left: 0, top: 0, padding: 0, textStyle: { ...textStyle, fontWeight: "normal" } },
    grid: { left: 44, right: 12, top: 40, bottom: 40, outerBoundsMode: "none" },
    xAxis: {
      type: "value",
      name: "epoch",
      nameLocation: "middle",
      nameGap: 24,
      nameTextStyle: textStyle,
      min: Math.min(1, epochs.length),
      max: Math.max(2, epochs.length),
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
    series: [{
      type: "line",
      silent: true,
      emphasis: { disabled: true },
      data: epochs.map((row) => [row.epoch, value(row)]),
      // A single epoch makes no line.
      symbol: epochs.length > 1 ? "none" : "circle",
      symbolSize: 7,
      lineStyle: { color: colour.after, width: 2 },
      itemStyle: { color: colour.after },
      markLine: {
        silent: true,
        symbol: "none",
        data: drops.map((row) => ({ xAxis: row.epoch, name: `lr ${Number(row.lr.toPrecision(3))}` })),
        lineStyle: { color: colour.muted, type: [2, 3], width: 0.75 },
        label: { formatter: "{b}", position: "end", ...textStyle, distance: 4 },
      },
    }],
  };
  return renderSvg(id, `${heading} over ${epochs.length} epochs`, drawing, 508, 240);
}
