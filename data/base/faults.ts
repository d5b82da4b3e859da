import { MissingDataError } from "./errors.ts";

type ErrorClass = new (message: string) => Error;

/** The weightiest first: what cannot be read, what is out of range, what is missing. */
const ORDER: readonly ErrorClass[] = [SyntaxError, RangeError, MissingDataError];

/** What is wrong with a source of images, gathered so that all of it is told at once. */
export class Faults {
  readonly #found: { kind: ErrorClass; text: string }[] = [];

  /** @param source For the message, such as "the list FILE". */
  constructor(readonly source: string) {}

  /** How many there are. */
  get count(): number {
    return this.#found.length;
  }

  /** Adds a fault. @param text "it takes …, current …". */
  add(kind: ErrorClass, text: string): void {
    this.#found.push({ kind, text });
  }

  /**
   * Adds one fault for several places, if there are any, and tells the first few of them.
   *
   * @param takes What the source takes. @param places Each wrong place, in words. @param lead Put before them.
   */
  addAll(kind: ErrorClass, takes: string, places: readonly string[], lead = ""): void {
    if (places.length > 0) this.add(kind, `it takes ${takes}, current ${lead}${firstOf(places)}`);
  }

  /** @throws {SyntaxError | RangeError | MissingDataError} when one of them has a fault; the weightiest one's class. */
  static throwAny(...all: readonly Faults[]): void {
    const wrong = all.filter(({ count }) => count > 0);
    const kind = ORDER.find((kind) => wrong.some((faults) => faults.#found.some((one) => one.kind === kind)));
    if (!kind) return;
    const texts = wrong.flatMap((faults) =>
      faults.#found.map(({ text }) => wrong.length > 1 ? `${faults.source}: ${text}` : text)
    );
    const what = wrong.map(({ source }) => source).join(" and ");
    throw new kind(
      `Cannot use ${what}:${
        texts.length === 1 ? ` ${texts[0]}` : texts.map((text) => `\n  ${text}`).join("")
      }`,
    );
  }
}

/** The first few of many, and how many more there are. */
export function firstOf(items: readonly string[], most = 3): string {
  const more = items.length - most;
  return items.slice(0, most).join("; ") + (more > 0 ? `; and ${more.toLocaleString("en")} more` : "");
}
