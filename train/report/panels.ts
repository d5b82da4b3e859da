import type { ClassRow } from "../results/records.ts";
import { colour, textStyle } from "./page/svg.ts";
import { MOST_BARS, type Panel } from "./panel.ts";
import { type StatisticsOf, whiskers } from "./whiskers.ts";

/** Up to so many classes every bar tells its number. */
const labelledClasses = 20;
/** Space between two panels, for the heading of the lower panel. */
const gap = 42;

/** Width of a bar: a share of its place, at most so many pixels. */
interface Bar {
  barWidth?: string;
  barMaxWidth: number;
}
const wide: Bar = { barWidth: "76%", barMaxWidth: 52 };
const narrow: Bar = { barWidth: "34%", barMaxWidth: 24 };

/** True if the rows have recalls of a model before. */
export function hasBefore(classes: readonly ClassRow[]): boolean {
  return classes.some((row) => row.before !== null);
}

const percent = { min: 0, max: 100, interval: 25 };

/**
 * The panels of a figure of all classes from top to bottom, and where they end.
 *
 * @param rows By class size. @param statistics Adds intervals, and the ensemble, where every class has a bar.
 */
export function layOut(
  rows: ClassRow[],
  statistics: StatisticsOf | null = null,
): { panels: Panel[]; bottom: number } {
  const after = rows.map((row) => row.after ?? 0);
  const sizes = rows.map((row) => Math.max(1, row.trainImages)); // a logarithmic axis has no place for 0
  const isFew = rows.length <= labelledClasses;

  const panels: Panel[] = [];
  let top = 60;
  const add = (
    heading: string,
    height: number,
    yAxis: Panel["yAxis"],
    series: Panel["series"],
    extra = 0,
  ) => {
    panels.push({ top: top + extra, height, heading, headingTop: top - 26, yAxis, series });
    top += extra + height + gap;
  };
  const isMany = rows.length > MOST_BARS;
  const numbers = (position: string, formatter: (at: { value: number }) => string) =>
    isFew ? { position, formatter } : undefined;
  const labels = rows.map((row) => row.class);
  const intervals = (model: keyof StatisticsOf, withNumbers = false) => {
    const found = statistics?.[model];
    return found && !isMany ? [whiskers(model, found, labels, withNumbers)] : [];
  };
  if (!hasBefore(rows)) {
    const drawn = isMany
      ? shape(after, colour.after)
      // The number stands above the interval, where there is an interval.
      : bars(after, colour.after, wide, statistics ? undefined : numbers("top", recallLabel));
    add("Recall, %", 230, percent, [
      drawn,
      ...intervals("after", isFew),
      ...intervals("ensemble"),
    ], isFew ? 14 : 0);
  } else {
    const before = rows.map((row) => row.before ?? 0);
    if (isMany) {
      add("Recall before, %", 170, percent, [shape(before, colour.before)]);
      add("Recall after, %", 170, percent, [shape(after, colour.after)]);
    } else {
      add("Recall, %", 230, percent, [
        bars(before, colour.before, wide),
        bars(after, colour.after, narrow),
        ...intervals("before"),
        ...intervals("after"),
        ...intervals("ensemble"),
      ]);
    }
    const change = after.map((value, i) => value - before[i]);
    const largest = Math.max(10, Math.ceil(Math.max(...change.map(Math.abs)) / 10) * 10);
    const around0 = {
      min: -largest,
      max: largest,
      interval: largest,
      axisLabel: { ...textStyle, formatter: signed },
    };
    const draw = (keep: (value: number) => number, color: string, position: string) =>
      isMany
        ? shape(change.map(keep), color)
        : bars(change.map(keep), color, narrow, numbers(position, changeLabel));
    add("Change, percentage points", isFew ? 110 : 96, around0, [
      draw((value) => Math.max(0, value), colour.after, "top"),
      draw((value) => Math.min(0, value), colour.worse, "bottom"),
    ], isFew ? 14 : 0);
    if (isFew) top += 14; // room for the numbers above and below the bars
  }
  const log = { type: "log", min: 1, max: 10 ** Math.ceil(Math.log10(sizes[0] + 1)) };
  const count = numbers("top", ({ value }) => value.toLocaleString("en"));
  add("Training images", 76, log, [
    isMany ? shape(sizes, colour.before) : bars(sizes, colour.before, wide, count),
  ], isFew ? 14 : 0); // room for the number on the largest bar
  return { panels, bottom: top - gap };
}

/** One bar a class. */
function bars(
  data: number[],
  color: string,
  width: Bar,
  label?: Record<string, unknown>,
): Panel["series"][0] {
  const options = {
    ...width,
    itemStyle: { color },
    label: { show: label !== undefined, ...textStyle, ...label },
  };
  return { type: "bar", data, options };
}

/** All classes as one filled outline: bars of a pixel would flicker. */
function shape(data: number[], color: string): Panel["series"][0] {
  const options = {
    step: "middle",
    symbol: "none",
    lineStyle: { width: 0 },
    areaStyle: { color, opacity: 1 },
  };
  return { type: "line", data, options };
}

/** A number with its sign, a true minus. */
function signed(value: number): string {
  return value === 0 ? "0" : (value < 0 ? "−" : "+") + Math.abs(value);
}

function recallLabel({ value }: { value: number }): string {
  return value.toFixed(1);
}

function changeLabel({ value }: { value: number }): string {
  const rounded = Number(value.toFixed(1));
  return rounded === 0 ? "" : signed(rounded);
}
