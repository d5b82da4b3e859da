// Writes how cost grows as a document and as a chart.

import * as echarts from "echarts";
import { columnsOf } from "../../train/flags/columns.ts";
import type { Point } from "./points.ts";

/** Headings of the series, and names of their axes. */
const SERIES: Record<Point["series"], { head: string; axis: string }> = {
  batch: { head: "Batch size", axis: "images of a batch" },
  side: { head: "Image size", axis: "height and width" },
  depth: { head: "Depth, small images", axis: "layers" },
  large: { head: "Depth, large images (planned alone)", axis: "layers" },
  classes: { head: "Number of classes", axis: "classes" },
};
const NAMES = Object.keys(SERIES) as Point["series"][];
const MIB = 2 ** 20;

/** Writes the document. @param chart Name of the chart's file beside it. */
export function scaleDocument(
  points: readonly Point[],
  facts: Record<string, string>,
  chart: string,
): string {
  const sections = NAMES.flatMap((series) => {
    const own = points.filter((point) => point.series === series);
    if (own.length === 0) return [];
    return [`## ${SERIES[series].head}`, "", ...table(own), ""];
  });
  return [
    "# How cost grows",
    "",
    "`deno task bench:scale`: training steps with cross-entropy and SGD, and softmax + GML with its gradient.",
    "Times are by the clock, the best of four stretches after the first run. Planning is all passes over the graph",
    "and its memory; making also allocates, and makes the pipelines. Allocated bytes are counted where WebGPU is",
    "asked for buffers and textures. On a software adapter the processor's time is that of the kernels: it tells more",
    "than the clock where other programs run beside.",
    "",
    ...Object.entries(facts).map(([fact, value]) => `- ${fact}: ${value}`),
    "",
    `![Time and memory](${chart})`,
    "",
    ...sections,
  ].join("\n").trimEnd() + "\n";
}

function table(points: readonly Point[]): string[] {
  const head = [
    "what",
    "ms",
    "ms of processor",
    "images/s",
    "MiB planned",
    "MiB allocated",
    "ms planning",
    "ms making",
    "dispatches",
  ];
  const fixed = (value: number | null, decimals: number) => value === null ? "–" : value.toFixed(decimals);
  const rows = points.map((point) => [
    point.what,
    fixed(point.ms, 1),
    fixed(point.processorMs, 1),
    fixed(point.imagesPerSecond, 0),
    fixed(point.planned / MIB, 2),
    fixed(point.allocated === null ? null : point.allocated / MIB, 2),
    fixed(point.planning, 1),
    fixed(point.making, 0),
    fixed(point.dispatches, 0),
  ]);
  const { rows: padded, widths } = columnsOf([head, ...rows], (column) => column === 0);
  const rule = widths.map((width, i) => i ? "-".repeat(width - 1) + ":" : "-".repeat(width));
  return [padded[0], rule, ...padded.slice(1)].map((cells) => `| ${cells.join(" | ")} |`);
}

const [WIDTH, HEIGHT] = [1120, 560];
const [INK, RULE, TIME, MEMORY] = ["#3a3a3a", "#d8d8d8", "#1f6f8b", "#b5541c"];

/** Draws time above memory, a column a series, all axes logarithmic. @returns An SVG file that stands alone. */
export function scaleChart(points: readonly Point[], adapter: string): string {
  const shown = NAMES.filter((series) =>
    points.some((point) => point.series === series && point.ms !== null)
  );
  const text = { fontFamily: "Helvetica, Arial, sans-serif", fontSize: 11, color: INK };
  const panels = shown.flatMap((series, column) => {
    const all = points.filter((point) => point.series === series).map(({ x }) => x);
    const ends = { min: Math.min(...all), max: Math.max(...all) };
    return [0, 1].map((row) => {
      const own = points.filter((point) => point.series === series && (row === 1 || point.ms !== null));
      return {
        ...{ series, column, row, ends },
        data: own.map(({ x, ms, planned }) => [x, row === 0 ? ms! : planned / MIB]),
        // A logarithmic axis has no place for 0.
        busy: row === 1 ? [] : own.flatMap(({ x, processorMs }) => processorMs ? [[x, processorMs]] : []),
      };
    });
  });
  const cell = 100 / shown.length;
  const line = { axisLine: { lineStyle: { color: INK } }, splitLine: { lineStyle: { color: RULE } } };
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: "#ffffff",
      textStyle: text,
      title: panels.map(({ series, column, row }) => ({
        text: row === 0 ? SERIES[series].head : "",
        left: `${cell * column + 3}%`,
        top: 10,
        textStyle: { ...text, fontSize: 13, fontWeight: "bold" },
      })),
      grid: panels.map(({ column, row }) => ({
        left: `${cell * column + 5}%`,
        width: `${cell - 7}%`,
        top: row === 0 ? 60 : 330,
        height: 180,
      })),
      xAxis: panels.map(({ series, row, ends }, i) => ({
        ...ends,
        ...line,
        gridIndex: i,
        type: "log",
        name: row === 1 ? SERIES[series].axis : "",
        nameLocation: "middle",
        nameGap: 28,
        logBase: series === "classes" ? 10 : 2,
      })),
      yAxis: panels.map(({ row }, i) => ({
        ...line,
        gridIndex: i,
        type: "log",
        name: row === 0 ? "ms; dashed, of the processor" : "MiB planned",
        nameTextStyle: { align: "left", padding: [0, 0, 0, -30] },
      })),
      series: panels.flatMap(({ row, data, busy }, i) => {
        const line = {
          type: "line",
          xAxisIndex: i,
          yAxisIndex: i,
          color: row === 0 ? TIME : MEMORY,
        } as const;
        return [
          { ...line, data, symbolSize: 6 },
          { ...line, data: busy, symbol: "none", lineStyle: { type: "dashed", width: 1.5 } },
        ];
      }),
    });
    const label = echarts.format.encodeHTML(`Time and memory against what grows, on ${adapter}`);
    return chart.renderToSVGString().replace("<svg ", `<svg role="img" aria-label="${label}" `) + "\n";
  } finally {
    chart.dispose(); // or its timers keep the process alive
  }
}
