import { type Piece, Plan } from "../progress/plan.ts";
import type { MeterOptions, Progress } from "../progress/progress.ts";
import { writeToStderr } from "./stderr.ts";
import { type ProgressMode, type Screen, TerminalMeter } from "./meter.ts";

/** The output and the clock of a progress display; replaced in tests. */
export interface ProgressOptions {
  /** Form of the display; by default a bar where stderr is a terminal, else lines. */
  mode?: ProgressMode | undefined;
  /** Writes a text unchanged; to stderr by default, so that stdout stays free for results. */
  write?: ((text: string) => void) | undefined;
  /** A clock in milliseconds. */
  now?: (() => number) | undefined;
  /** Width of the terminal. */
  columns?: (() => number) | undefined;
}

/** The least time between two drawings of the bar, in milliseconds. */
const drawEvery = 100;

/** Shows how far a run is: on a terminal a bar that is drawn over and over, otherwise whole lines. */
export class TerminalProgress implements Progress, Screen, Disposable {
  /** Form of the display. */
  readonly mode: ProgressMode;
  /** The clock in use, in milliseconds. */
  readonly now: () => number;
  #write: (text: string) => void;
  #columns: () => number;
  #drawn = false;
  #lastDraw = -Infinity;
  readonly #plan = new Plan();

  /** @param options Output and clock; the defaults are for a command line. */
  constructor(options: ProgressOptions = {}) {
    this.mode = options.mode ?? (Deno.stderr.isTerminal() ? "bar" : "lines");
    this.now = options.now ?? (() => performance.now());
    this.#write = options.write ?? writeToStderr;
    this.#columns = options.columns ?? terminalColumns;
  }

  /** Takes the pieces that are to come: meters then tell their number, and the time left of the whole run. */
  plan(pieces: readonly Piece[]): void {
    this.#plan.announce(pieces);
  }

  /** Begins a piece of the run. */
  meter(name: string, total: number, options: MeterOptions = {}): TerminalMeter {
    return new TerminalMeter(this, name, total, options, this.#plan.begin(name));
  }

  /** Prints a line that stays. */
  line(text: string): void {
    if (this.mode !== "quiet") this.alert(text);
  }

  /** Prints a line that asks the user to act, where only errors are printed too. */
  alert(text: string): void {
    this.clear();
    this.#write(text + "\n");
  }

  /** Text that another thread writes, while this thread is busy, to print a line that stays: nothing where none is printed. */
  lineOfOthers(text: string): string {
    return this.mode === "quiet" ? "" : `${this.mode === "bar" ? "\r\x1b[K" : ""}${text}\n`;
  }

  /** Draws the bar that a function makes for a width, unless it was drawn a moment ago and is not to be drawn at once. */
  draw(bar: (columns: number) => string, atOnce = false): void {
    if (this.mode !== "bar" || !atOnce && this.now() - this.#lastDraw < drawEvery) return;
    this.#lastDraw = this.now();
    // One column stays free: a full line would wrap and could not be drawn over.
    this.#write(`\r${bar(this.#columns() - 1)}\x1b[K`);
    this.#drawn = true;
  }

  /** Erases the bar. */
  clear(): void {
    if (this.#drawn) this.#write("\r\x1b[K");
    this.#drawn = false;
    this.#lastDraw = -Infinity;
  }

  /** Erases the bar, also after an error. */
  [Symbol.dispose](): void {
    this.clear();
  }
}

/** Reads the width of the terminal; some terminals report 0. */
function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}
