import { MissingDataError } from "./errors.ts";

type ErrorClass = new (message: string) => Error;

/** The gravest class of errors first: unreadable files, values out of range, missing files. */
const ORDER: readonly ErrorClass[] = [SyntaxError, RangeError, MissingDataError];

/** The faults of a source of images, gathered so that one error lists them all. */
export class Faults {
  readonly #list: { kind: ErrorClass; text: string }[] = [];

  /** @param source For the message, such as "the list FILE". */
  constructor(readonly source: string) {}

  /** Number of faults. */
  get count(): number {
    return this.#list.length;
  }

  /** Adds a fault. @param text "it takes …, current …". */
  add(kind: ErrorClass, text: string): void {
    this.#list.push({ kind, text: shortened(text) });
  }

  /**
   * Adds one fault for all places that have it, and names the first few places; adds nothing for no places.
   *
   * @param takes Form that the source takes. @param places Each wrong place, in words. @param lead Put before them.
   */
  addAll(kind: ErrorClass, takes: string, places: readonly string[], lead = ""): void {
    if (places.length > 0) this.add(kind, `it takes ${takes}, current ${lead}${firstOf(places)}`);
  }

  /**
   * @throws {SyntaxError | RangeError | MissingDataError} when a source has a fault; the class of the gravest
   * fault.
   */
  static throwAny(...all: readonly Faults[]): void {
    const wrong = all.filter(({ count }) => count > 0);
    const kind = ORDER.find((kind) =>
      wrong.some((faults) => faults.#list.some((fault) => fault.kind === kind))
    );
    if (!kind) return;
    const texts = wrong.flatMap((faults) =>
      faults.#list.map(({ text }) => wrong.length > 1 ? `${faults.source}: ${text}` : text)
    );
    const what = wrong.map(({ source }) => source).join(" and ");
    throw new kind(
      `Cannot use ${what}:${
        texts.length === 1 ? ` ${texts[0]}` : texts.map((text) => `\n  ${text}`).join("")
      }`,
    );
  }
}

/** Most letters of a fault: paths and labels of a file may have any length. */
const LETTERS = 800;

/** A text without its middle, where it is longer than a fault may be. */
function shortened(text: string): string {
  const half = LETTERS / 2;
  return text.length <= LETTERS ? text : `${text.slice(0, half)} … ${text.slice(-half)}`;
}

/** The first few items, and the number of further items. */
export function firstOf(items: readonly string[], most = 3): string {
  const more = items.length - most;
  return items.slice(0, most).join("; ") + (more > 0 ? `; and ${more.toLocaleString("en")} more` : "");
}
