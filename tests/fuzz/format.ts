import type { Draw } from "./draw.ts";
import type { Field } from "./writer.ts";

/** A small valid file, and what a mutation has to know of it. */
export interface Sample {
  bytes: Uint8Array;
  /** The value that the reader gives, if the generator knows it. */
  value?: unknown;
  /** Its numbers that tell of the file. */
  fields?: readonly Field[] | undefined;
  /** Makes the checksums of a mutated file anew, in place or in a copy, so that the first gate lets it through. */
  reseal?: (bytes: Uint8Array) => Uint8Array;
  /** Mutations of this format alone, such as other opcodes or another nesting. */
  own?: readonly ((bytes: Uint8Array) => Uint8Array)[];
}

/** A format, as its line of the table in `table.ts` has it. */
export interface Format {
  /** Inputs that the test suite reads; fewer than 2,000 where one takes more than a moment. */
  few: number;
  /** Inputs that `deno task test:fuzz` reads. */
  many: number;
  /** Classes of the errors that the reader throws. */
  errors: readonly (new (...args: never[]) => Error)[];
  /** Milliseconds that a file may take; a second where nothing is said. */
  ms?: number;
  /** Words that a mutation puts into a file: opcodes, names of keys, brackets. */
  words?: readonly (string | Uint8Array)[];
  /** Part of every message: the path of the file, where the reader takes one. */
  path?: string;
  /** True where the cause of an error has the words of a native library. */
  quotes?: boolean;
  /** Draws a valid file. */
  make(draw: Draw): Sample | Promise<Sample>;
  /** Reads a file as the product does. */
  read(bytes: Uint8Array): unknown;
  /**
   * Tells what is wrong with a value that was read from a mutated file; null where it is what the file says. It reads the
   * file in another way than the product.
   */
  agrees?(value: unknown, bytes: Uint8Array, sample: Sample): string | null;
}
