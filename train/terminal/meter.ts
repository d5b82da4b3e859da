import { plural } from "../progress/count.ts";
import { formatDuration } from "../progress/duration.ts";
import type { Place } from "../progress/plan.ts";
import type { Meter, MeterOptions } from "../progress/progress.ts";
import { barLine } from "./bar.ts";

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
  /** Draws the bar that a function makes for a width, soon or at once. */
  draw(bar: (columns: number) => string, atOnce?: boolean): void;
}

/** Units, and the time that they took, in milliseconds. */
interface Counted {
  units: number;
  ms: number;
  waitedMs: number;
}

/** A meter on a terminal: counts units, measures the rate and the share of time spent waiting for data. */
export class TerminalMeter implements Meter {
  /** Units done. */
  done = 0;
  readonly #start: number;
  #end: number | null = null;
  readonly #unit: string;
  readonly #waited: (() => number) | null;
  readonly #waitedBefore: number;
  #note = "";
  #compiling = false;
  /** Units that count in the rate: all but those for which kernels were compiled. */
  readonly #counted: Counted = { units: 0, ms: 0, waitedMs: 0 };
  /** The moment at which the last units were counted. */
  #mark: { at: number; waited: number };

  /** Made by `TerminalProgress.meter`. @param place Tells where the piece stands in the plan of the run. */
  constructor(
    private readonly progress: Screen,
    readonly name: string,
    readonly total: number,
    options: MeterOptions,
    private readonly place: ((pace: number | null) => Place) | null = null,
  ) {
    this.#start = progress.now();
    this.#unit = options.unit ?? "images";
    this.#waited = options.waited ?? null;
    this.#waitedBefore = this.#waited?.() ?? 0;
    this.#mark = { at: this.#start, waited: this.#waitedBefore };
    this.#draw();
  }

  /** Counts units as done. */
  advance(count: number): void {
    this.done += count;
    const mark = { at: this.progress.now(), waited: this.#waited?.() ?? 0 };
    if (!this.#compiling) {
      this.#counted.units += count;
      this.#counted.ms += mark.at - this.#mark.at;
      this.#counted.waitedMs += mark.waited - this.#mark.waited;
    }
    this.#mark = mark;
    if (count > 0) this.#compiling = false;
    this.#draw();
  }

  /** Tells that kernels are compiled, at once: this thread can do nothing else meanwhile. */
  compiling(): void {
    if (this.#compiling) return;
    this.#compiling = true;
    this.#draw(true);
  }

  /** Tells news, such as an epoch's loss: beside the bar, or as a line of its own. */
  report(text: string): void {
    this.#note = text;
    if (this.progress.mode !== "lines") return;
    const left = this.#place()?.left ?? null;
    this.progress.line(`${this.name}: ${text}${left === null ? "" : `; about ${formatDuration(left)} left`}`);
  }

  /** Ends the meter and prints its units, time and rate in a line. */
  end(): void {
    if (this.#end !== null) return;
    this.#end = this.progress.now();
    const note = this.#note && this.progress.mode === "bar" ? `; ${this.#note}` : "";
    // Units are named in the plural, and none has more there than an s.
    const done = plural(this.done, this.#unit.replace(/s$/, ""));
    const place = this.#place();
    const left = place?.later ? `, about ${formatDuration(place.later)} left` : "";
    const step = place ? `; step ${place.step} of ${place.steps} done${left}` : "";
    this.progress.line(
      `${this.name}: ${done} in ${
        formatDuration(this.seconds)
      }, ${this.#rateWords()}${this.#waitWords()}${note}${step}`,
    );
  }

  /** Seconds since the meter began, or its duration once it ended. */
  get seconds(): number {
    return ((this.#end ?? this.progress.now()) - this.#start) / 1000;
  }

  /** Units a second so far, without those that waited for kernels; 0 before any went by. */
  get rate(): number {
    const { units, ms } = this.#counted;
    if (units > 0 && ms > 0) return units / ms * 1000;
    return this.#end !== null && this.seconds > 0 ? this.done / this.seconds : 0;
  }

  /** Share of the same time, 0 to 1, spent waiting for data. */
  get waitShare(): number {
    const { units, ms, waitedMs } = this.#counted;
    if (units > 0 && ms > 0) return Math.min(1, waitedMs / ms);
    const waited = (this.#waited?.() ?? 0) - this.#waitedBefore;
    return this.seconds > 0 ? Math.min(1, waited / 1000 / this.seconds) : 0;
  }

  /** Where the piece stands, and the seconds left of the run; null where the run has no other pieces. */
  #place(): (Place & { left: number | null }) | null {
    const place = this.place?.(this.rate > 0 ? 1 / this.rate : null) ?? null;
    if (place === null || place.steps === 1) return null;
    const left = this.#left;
    return { ...place, left: left === null || place.later === null ? null : left + place.later };
  }

  /** Seconds left of the piece; null before that can be told. */
  get #left(): number | null {
    return this.rate > 0 ? Math.max(0, this.total - this.done) / this.rate : null;
  }

  #rateWords(): string {
    return `${
      this.rate.toLocaleString("en", { maximumFractionDigits: this.rate < 10 ? 1 : 0 })
    } ${this.#unit}/s`;
  }

  #waitWords(): string {
    return this.#waited ? `, ${Math.round(100 * this.waitShare)}% waiting for data` : "";
  }

  #draw(atOnce = false): void {
    this.progress.draw((columns) => {
      const [place, left] = [this.#place(), this.#left];
      const facts: { text: string; rank: number }[] = [];
      const fact = (rank: number, text: string) => text && facts.push({ text, rank });
      if (this.#compiling) fact(0, "compiling");
      if (left !== null) {
        fact(3, this.#rateWords());
        fact(4, this.#waitWords().replace(/^, /, ""));
        const all = place?.later ? place.left : null;
        fact(all === null ? 1 : 2, `${formatDuration(left)} left${all === null ? "" : " here"}`);
        if (all !== null) fact(1, `about ${formatDuration(all)} left in all`);
      }
      const name = place ? `step ${place.step} of ${place.steps}: ${this.name}` : this.name;
      const share = Math.min(1, this.done / this.total);
      return barLine({ name, share, facts, note: this.#note }, columns);
    }, atOnce);
  }
}
