import type { Tensor } from "../graph/node.ts";

/** Values that the host gives to a run, by input name: dense row-major, of the input's type. */
export type Feeds = Readonly<Record<string, Float32Array | Uint32Array | Uint8Array>>;

/** The typed array that holds the values of each type on the host. */
export const ARRAYS = { f32: Float32Array, u32: Uint32Array, u8: Uint8Array } as const;

/** @throws {TypeError} when an input is missing, unknown, or of a wrong type or length. */
export function checkFeeds(inputs: ReadonlyMap<string, Tensor>, feeds: Feeds): void {
  for (const name of Object.keys(feeds)) {
    if (!inputs.has(name)) {
      throw new TypeError(
        `Cannot run the plan: it takes ${[...inputs.keys()].join(", ") || "no inputs"}, current are ${name}`,
      );
    }
  }
  for (const [name, { dtype, size, shape }] of inputs) {
    const values = feeds[name];
    const array = ARRAYS[dtype];
    if (!(values instanceof array) || values.length !== size) {
      const given = values === undefined ? "nothing" : `${values.constructor.name} of ${values.length}`;
      throw new TypeError(
        `Cannot run the plan: input ${name} takes ${array.name} of ${size} [${
          shape.join(", ")
        }], current is ${given}`,
      );
    }
  }
}
