import type { Shape } from "../../kernel/shape.ts";

/**
 * The axes ascending and counted from the first; all axes where none are given.
 *
 * @throws {RangeError} when x has no such axis, or an axis is named twice.
 */
export function axesOf(op: string, { shape }: { shape: Shape }, axes?: number | readonly number[]): number[] {
  const rank = shape.length;
  if (axes === undefined) return shape.map((_, axis) => axis);
  const given = typeof axes === "number" ? [axes] : axes;
  const own = given.map((axis) => axis < 0 ? axis + rank : axis).sort((a, b) => a - b);
  if (own.some((axis, i) => !Number.isInteger(axis) || axis < 0 || axis >= rank || axis === own[i - 1])) {
    throw new RangeError(
      `Cannot add ${op} to the graph: axes must be distinct and between ${-rank} and ${rank - 1}, got ` +
        `${given.join(", ")} for x [${shape.join(", ")}]`,
    );
  }
  return own;
}
