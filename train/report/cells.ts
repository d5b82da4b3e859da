import type { Interval } from "../statistics/interval.ts";
import { type Markup, markup } from "./page/html.ts";

/** A cell of a table. @param small Stands beneath the content. */
export function cell(content: string | number, name = "", small: string | null = null): Markup {
  const beneath = small === null ? null : markup`<small>${small}</small>`;
  return name ? markup`<td class="${name}">${content}${beneath}</td>` : markup`<td>${content}${beneath}</td>`;
}

/** A difference with its sign, a true minus. */
export function signed(value: number, decimals: number): string {
  const digits = Math.abs(value).toFixed(decimals);
  return Number(digits) === 0 ? digits : (value < 0 ? "−" : "+") + digits;
}

/** An interval of fractions in per cent, such as `51.2–60.3`; null without an interval. */
export function intervalText(interval: Interval | null | undefined): string | null {
  return interval ? `${(100 * interval.low).toFixed(1)}–${(100 * interval.high).toFixed(1)}` : null;
}
