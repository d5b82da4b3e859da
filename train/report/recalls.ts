import { type Group, groupOf } from "../results/metrics.ts";
import type { ClassRow } from "../results/records.ts";
import type { Panel } from "./panel.ts";
import { hasBefore, layOut } from "./panels.ts";
import type { StatisticsOf } from "./whiskers.ts";
import { colour, type Drawing, renderSvg, textStyle } from "./page/svg.ts";

/** Width of the plot and its margins, in CSS pixels. */
const width = 1040;
const [left, right] = [52, 4];
const plotted = width - left - right;

/** Classes by size, the largest first; of equal size by label. */
export function bySize(classes: readonly ClassRow[]): ClassRow[] {
  return [...classes].sort((a, b) => b.trainImages - a.trainImages || a.class - b.class);
}

/**
 * The recalls of all classes before and after, ordered by class size, their change, and the class sizes.
 *
 * @param classes Rows in any order; rows without a recall after are left out, as their classes have no test images. Without
 * recalls before, after stands alone.
 * @param id Unique in the page. @param statistics Adds 95 % intervals, and the ensemble.
 */
export function recallFigure(
  classes: readonly ClassRow[],
  id = "recalls",
  statistics: StatisticsOf | null = null,
): string {
  const rows = bySize(classes).filter((row) => row.after !== null);
  const { panels, bottom } = layOut(rows, statistics);
  const { names, ...labels } = classLabels(rows.map((row) => row.name));
  const height = bottom + labels.height;

  const grid: Record<string, unknown>[] = [];
  const xAxis: Record<string, unknown>[] = [];
  const yAxis: Record<string, unknown>[] = [];
  const series: Record<string, unknown>[] = [];
  panels.forEach((panel, p) => {
    const last = p === panels.length - 1;
    grid.push({ left, right, top: panel.top, height: panel.height, outerBoundsMode: "none" });
    yAxis.push({ gridIndex: p, ...valueAxis, ...panel.yAxis });
    panel.series.forEach(({ type, data, options }, s) => {
      // Every series has an x axis of its own, so that bars of two widths stand on the same middle.
      xAxis.push({
        type: "category",
        gridIndex: p,
        data: names,
        position: "bottom",
        axisTick: { show: false },
        axisLine: { show: s === 0, onZero: true, lineStyle: { color: colour.rule } },
        axisLabel: last && s === 0 ? labels.style : { show: false },
      });
      series.push({
        type,
        data,
        xAxisIndex: xAxis.length - 1,
        yAxisIndex: p,
        silent: true,
        emphasis: { disabled: true },
        ...options,
      });
    });
  });
  const drawing = { grid, xAxis, yAxis, series, graphic: annotations(rows, panels) } as Drawing;
  const when = hasBefore(rows) ? " before and after" : "";
  const label = `Recall of ${rows.length} classes${when}, ordered by class size`;
  return renderSvg(id, label, drawing, width, height);
}

const valueAxis = {
  type: "value",
  axisLabel: textStyle,
  axisLine: { show: false },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: colour.rule, width: 0.5 } },
} as const;

/** A long name without its middle: long names often begin alike. The table below the plot has it whole. */
function shortened(name: string): string {
  const letters = [...name];
  return letters.length <= 24 ? name : `${letters.slice(0, 14).join("")}…${letters.slice(-9).join("")}`;
}

/** Names below the plot where they fit, upright where they are long; for too many classes no names. */
function classLabels(
  whole: string[],
): { names: string[]; height: number; style: Record<string, unknown> } {
  const place = plotted / whole.length;
  const lengthOf = (names: string[]) => Math.max(...names.map((name) => name.length));
  const fits = lengthOf(whole) * 6.5 < place;
  if (place < 9) return { names: whole, height: 8, style: { show: false } };
  const names = fits ? whole : whole.map(shortened);
  const fontSize = Math.min(12, Math.floor(place));
  return {
    names,
    height: fits ? 28 : lengthOf(names) * fontSize * 0.62 + 14,
    style: {
      ...textStyle,
      show: true,
      interval: 0,
      rotate: fits ? 0 : 90,
      fontSize,
      hideOverlap: false,
    },
  };
}

const groupIn = ({ group, trainImages }: ClassRow) => group ?? groupOf(trainImages);

/** Headings of the panels, and the three groups of classes with their mean recall. */
function annotations(rows: ClassRow[], panels: Panel[]): Record<string, unknown>[] {
  const x = (i: number) => left + plotted * i / rows.length;
  const end = panels.at(-1)!.top + panels.at(-1)!.height;
  const text = (at: number, y: number, content: string, style: Record<string, unknown> = {}) => ({
    type: "text",
    silent: true,
    x: at,
    y,
    style: { text: content, fill: colour.muted, fontSize: 12, fontFamily: "inherit", ...style },
  });
  const marks: Record<string, unknown>[] = panels.map((panel) => text(0, panel.headingTop, panel.heading));
  for (const group of ["many", "medium", "few"] satisfies Group[]) {
    const from = rows.findIndex((row) => groupIn(row) === group);
    if (from < 0) continue;
    const members = rows.filter((row) => groupIn(row) === group);
    const mean = (values: number[]) => (values.reduce((a, b) => a + b, 0) / values.length).toFixed(1);
    const [old, now] = (["before", "after"] as const).map((key) => mean(members.map((row) => row[key] ?? 0)));
    const means = hasBefore(rows) ? `${old} → ${now}` : now;
    const middle = (x(from) + x(from + members.length)) / 2;
    const heading = { textAlign: "center", fill: colour.ink };
    // A group of a few classes among hundreds may have no room for its words.
    const room = plotted * members.length / rows.length;
    if (room > 56) marks.push(text(middle, 0, group, { ...heading, fontWeight: 600 }));
    if (room > 84) marks.push(text(middle, 16, means, heading));
    if (from > 0) {
      const shape = { x1: x(from), y1: 2, x2: x(from), y2: end };
      marks.push({
        type: "line",
        silent: true,
        shape,
        style: { stroke: colour.muted, lineWidth: 0.75, lineDash: [2, 3] },
      });
    }
  }
  return marks;
}
