/** A piece of a run, as far as it is known before it begins. */
export interface Piece {
  /** Name of the piece, such as `evaluate`, and of the meter that begins it. */
  name: string;
  /** Tells how many units there are to do. */
  total: number;
  /** The unit, in the plural; images by default. */
  unit?: string;
  /** Work on a unit, beside that on others: one of {@linkcode COST}, or a multiple. */
  cost: number;
}

/**
 * Work on a unit beside a forward pass of an image, by which the time of a kind of work is guessed before any of it was
 * seen. A step backward takes twice the time of one forward; a sample of stored features was measured on a ResNet-8.
 */
export const COST = { forward: 1, train: 3, features: 1 / 50 } as const;

/** Where a run stands in its plan. */
export interface Place {
  /** Number of the piece, from 1. */
  step: number;
  /** Number of all pieces. */
  steps: number;
  /** About how long the pieces after this one take, in seconds; null where nothing can be told. */
  later: number | null;
}

/** A piece with what was seen of it. */
interface Step {
  piece: Piece;
  begun: boolean;
  /** Seconds that a unit takes; null before any was seen. */
  pace: number | null;
}

/** The pieces of a run in their order. */
export class Plan {
  #steps: Step[] = [];
  /** The piece whose pace was seen last. */
  #seen: Step | null = null;

  /** Takes the pieces that are to come, in place of those of before that have not begun. */
  announce(pieces: readonly Piece[]): void {
    const last = this.#steps.findLastIndex(({ begun }) => begun);
    const coming = pieces.map((piece) => ({ piece, begun: false, pace: null }));
    this.#steps = [...this.#steps.slice(0, last + 1), ...coming];
  }

  /**
   * Begins the next piece of a name.
   *
   * @returns Tells the place, by the seconds that a unit of the piece takes (null where that is not known yet); null
   * where no such piece was announced.
   */
  begin(name: string): ((pace: number | null) => Place) | null {
    const last = this.#steps.findLastIndex(({ begun }) => begun);
    const isNext = ({ piece, begun }: Step) => !begun && piece.name === name;
    // A piece whose result was there does not begin: of several of one name it is the next that does.
    const next = this.#steps.findIndex((step, i) => i > last && isNext(step));
    const at = next < 0 ? this.#steps.findIndex(isNext) : next;
    if (at < 0) return null;
    const step = this.#steps[at];
    step.begun = true;
    return (pace) => {
      step.pace = pace ?? step.pace;
      if (pace !== null) this.#seen = step;
      const later = this.#steps.slice(this.#steps.indexOf(step) + 1).filter(({ begun }) => !begun);
      const seconds = later.map(({ piece }) => this.#secondsOf(piece));
      return {
        step: this.#steps.indexOf(step) + 1,
        steps: this.#steps.length,
        later: seconds.reduce((sum, s) => sum === null || s === null ? null : sum + s, 0),
      };
    };
  }

  /** About how long a piece takes: by a piece of the same kind or, where none was seen, by the work of another. */
  #secondsOf({ total, cost }: Piece): number | null {
    const same = this.#steps.findLast(({ piece, pace }) => pace !== null && piece.cost === cost) ??
      this.#seen;
    return same && same.pace! * (cost / same.piece.cost) * total;
  }
}
