import { misfit, type Tensor } from "../../graph/node.ts";
import { concat } from "../shape/concat.ts";
import { running } from "./running.ts";
import { slice } from "../shape/slice.ts";

/**
 * Effect that moves rows into a queue, a plan's update: the oldest rows leave at its front, the new ones join at its
 * end in their order. Where there are more new rows than the queue holds, the last of them remain.
 *
 * @param queue A parameter [K, ...], the oldest row first. @param rows [B, ...], of any number.
 * @throws {ShapeError} when the rows are of another shape.
 */
export function enqueue(queue: Tensor, rows: Tensor): Tensor {
  const [[capacity, ...own], [count, ...given]] = [queue.shape, rows.shape];
  if (own.length !== given.length || own.some((length, axis) => length !== given[axis])) {
    throw misfit("enqueue", "a queue [K, ...] and rows [B, ...]", [queue, rows], "rows of another length");
  }
  const next = count < capacity ? concat([slice(queue, [[count]]), rows]) : slice(rows, [[count - capacity]]);
  return running(queue, next, { momentum: 1 });
}
