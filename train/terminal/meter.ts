import { unicodeWidth } from "@std/cli";
import { fit } from "../flags/columns.ts";
import { formatDuration } from "../progress/duration.ts";
import type { Meter, MeterOptions } from "../progress/progress.ts";

/** Form of a progress display: a bar on a terminal, a line per epoch and meter, or nothing. */
export type ProgressMode = "bar" | "lines" | "quiet";

/** The display that shows a meter, such as a `TerminalProgress`. */
export interface Screen {
  /** Form of the display. */
  readonly mode: ProgressMode;
  /** The clock in use, in milliseconds. */
  readonly now: () => number;
  /** Prints a line that stays. */
  line(text: string): void;
  /** Draws the bar that a function makes for a width. */
  draw(bar: (columns: number) => string): void;
}

/** A meter on a terminal: counts units, measures the rate and the share of time spent waiting for data. */
export class TerminalMeter implements Meter {
  /** Units done. */
  done = 0;
  #start: number;
  #end: number | null = null;
  #unit: string;
  #waited: (() => number) | null;
  #waitedBefore: number;
  #note = "";

  /** Made by `TerminalProgress.meter`. */
  constructor(
    private readonly progress: Screen,
    readonly name: string,
    readonly total: number,
    options: MeterOptions,
  ) {
    this.#start = progress.now();
    this.#unit = options.unit ?? "images";
    this.#waited = options.waited ?? null;
    this.#waitedBefore = this.#waited?.() ?? 0;
    this.#draw();
  }

  /** Counts units as done. */
  advance(count: number): void {
    this.done += count;
    this.#draw();
  }

  /** Tells news, such as an epoch's loss: beside the bar, or as a line of its own. */
  report(text: string): void {
    this.#note = text;
    if (this.progress.mode === "lines") this.progress.line(`${this.name}: ${text}`);
  }

  /** Ends the meter and prints its units, time and rate in a line. */
  end(): void {
    if (this.#end !== null) return;
    this.#end = this.progress.now();
    const note = this.#note && this.progress.mode === "bar" ? `; ${this.#note}` : "";
    const done = this.done.toLocaleString("en");
    this.progress.line(
      `${this.name}: ${done} ${this.#unit} in ${formatDuration(this.seconds)}, ${this.#pace()}${note}`,
    );
  }

  /** Seconds since the meter began, or its duration once it ended. */
  get seconds(): number {
    return ((this.#end ?? this.progress.now()) - this.#start) / 1000;
  }

  /** Units a second so far; 0 before any time went by. */
  get rate(): number {
    return this.seconds > 0 ? this.done / this.seconds : 0;
  }

  /** Share of the time, 0 to 1, spent waiting for data. */
  get waitShare(): number {
    const waited = (this.#waited?.() ?? 0) - this.#waitedBefore;
    return this.seconds > 0 ? Math.min(1, waited / 1000 / this.seconds) : 0;
  }

  #pace(): string {
    const rate = this.rate.toLocaleString("en", { maximumFractionDigits: this.rate < 10 ? 1 : 0 });
    const wait = this.#waited ? `, ${Math.round(100 * this.waitShare)}% waiting for data` : "";
    return `${rate} ${this.#unit}/s${wait}`;
  }

  #draw(): void {
    this.progress.draw((columns) => {
      const share = Math.min(1, this.done / this.total);
      const left = this.rate > 0 ? `, ${formatDuration((this.total - this.done) / this.rate)} left` : "";
      const parts = [`${Math.floor(100 * share)}%`.padStart(4), `  ${this.#pace()}${left}`];
      if (this.#note) parts.push(`; ${this.#note}`);
      const text = parts.join("");
      const room = columns - unicodeWidth(this.name + text) - 3;
      const bar = room < 8 ? "" : ` ${drawBar(share, Math.min(room, 30))}`;
      return fit(this.name + bar + " " + text, columns);
    });
  }
}

function drawBar(share: number, width: number): string {
  const full = Math.floor(share * width);
  return "━".repeat(full) + "┈".repeat(width - full);
}
