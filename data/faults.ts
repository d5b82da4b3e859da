type ErrorClass = new (message: string) => Error;

/**
 * What is wrong with a source, gathered so that all of it is told at once.
 *
 * The error is of the first class in the order given that a fault has: what cannot be read comes before what is out of
 * range, and that before what is missing.
 */
export class Faults {
  readonly #found: { kind: ErrorClass; text: string }[] = [];

  /** @param order The classes of error, the weightiest first. */
  constructor(private readonly order: readonly ErrorClass[]) {}

  /** Adds a fault. @param text "it takes …, current …". */
  add(kind: ErrorClass, text: string): void {
    this.#found.push({ kind, text });
  }

  /**
   * Adds one fault for several places, with the first few of them.
   *
   * @param takes What the source takes. @param places Each wrong place, in words. @param lead Put before them.
   */
  addAll(kind: ErrorClass, takes: string, places: readonly string[], lead = ""): void {
    if (places.length > 0) this.add(kind, `it takes ${takes}, current ${lead}${firstOf(places)}`);
  }

  /** @param what What could not be done, such as "use the list FILE". @throws {Error} when there is a fault. */
  throwAny(what: string): void {
    const kind = this.order.find((kind) => this.#found.some((fault) => fault.kind === kind));
    if (!kind) return;
    const texts = this.#found.map(({ text }) => text);
    throw new kind(
      `Cannot ${what}:${texts.length === 1 ? ` ${texts[0]}` : texts.map((text) => `\n  ${text}`).join("")}`,
    );
  }
}

/** The first few of many, and how many more there are. */
export function firstOf(items: readonly string[], most = 3): string {
  const more = items.length - most;
  return items.slice(0, most).join("; ") + (more > 0 ? `; and ${more.toLocaleString("en")} more` : "");
}
