import { nameOf, parameter } from "./source.ts";
import type { Tensor } from "./node.ts";

/** Every view starts at a multiple of this many words: WebGPU's strictest offset alignment, 256 bytes. */
const ALIGN_WORDS = 64;

/** Start of each tensor in a flat buffer of aligned views, and the length of the whole, in words. */
export function flatLayout(tensors: readonly Tensor[]): { offsets: number[]; words: number } {
  const offsets: number[] = [];
  let words = 0;
  for (const tensor of tensors) {
    offsets.push(words);
    words += Math.ceil(tensor.size / ALIGN_WORDS) * ALIGN_WORDS;
  }
  return { offsets, words };
}

/**
 * The places of parameter tensors in one flat buffer, a view for each: all that measuring a plan takes of a store.
 * The memory itself is that of {@link Parameters}.
 */
export class ParameterLayout {
  /** The whole buffer as one tensor, the gaps between views included. */
  readonly flat: Tensor;
  /** Bytes of the buffer. */
  readonly bytes: number;
  /** Bytes of the largest tensor, which kernels bind as a whole; the buffer they take in pieces. */
  readonly largest: number;
  /** Words before each view, the flat one and those of spans included. */
  readonly #offsets: Map<Tensor, number>;

  /** Lays these tensors out. @param label Names them in messages. */
  constructor(
    readonly tensors: readonly Tensor[],
    /** A name for these tensors, for errors. */
    readonly label: string,
  ) {
    const { offsets, words } = flatLayout(tensors);
    const atLeast = Math.max(words, ALIGN_WORDS); // a network without norms has an empty store for their statistics
    this.flat = parameter(`${label} (flat)`, [atLeast]);
    this.bytes = atLeast * 4;
    this.largest = 4 * tensors.reduce((most, { size }) => Math.max(most, size), 0);
    this.#offsets = new Map([[this.flat, 0], ...tensors.map((tensor, i) => [tensor, offsets[i]] as const)]);
  }

  /** All tensors that name a part of this store: its own, the flat one, and those of spans. */
  get placed(): Iterable<Tensor> {
    return this.#offsets.keys();
  }

  /** Bytes before a tensor of this store; null for a stranger. */
  offsetOf(tensor: Tensor): number | null {
    const offset = this.#offsets.get(tensor);
    return offset === undefined ? null : offset * 4;
  }

  /**
   * Neighbours as one flat tensor, the gaps between them included: a part of {@link ParameterLayout.flat}.
   *
   * @param tensors In the store's order, none of them left out. @throws {TypeError} when they are not.
   */
  span(tensors: readonly Tensor[]): Tensor {
    const first = this.tensors.indexOf(tensors[0]);
    if (first < 0 || tensors.some((tensor, i) => this.tensors[first + i] !== tensor)) {
      const names = tensors.map(nameOf).join(", ");
      throw new TypeError(
        `Cannot span ${names}: it takes neighbours in the store's order, current are others`,
      );
    }
    const span = parameter(`${nameOf(tensors[0])} to ${nameOf(tensors.at(-1)!)} (flat)`, [
      flatLayout(tensors).words,
    ]);
    this.#offsets.set(span, this.offsetOf(tensors[0])! / 4);
    return span;
  }
}

/** Tensors of the same shapes, named as those of another store: momenta, averages, sums of gradients. */
export function tensorsLike(tensors: readonly Tensor[], label: string): Tensor[] {
  return tensors.map((tensor) => parameter(`${label} of ${nameOf(tensor)}`, tensor.shape));
}
