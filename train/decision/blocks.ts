import { checkAlike, decide, type Decided, type Member, plainRule, type Rule } from "./decide.ts";
import { predict, rowsOf } from "./predict.ts";

/** Values of a block: it takes some milliseconds, and stays in the processor's cache. */
const VALUES = 2 ** 18;

/** Products of a block by costs, `classes` for each value. */
const PRODUCTS = 2 ** 26;

/** Some rows of a table: from the first one up to the one that is the next block's first. */
export interface Block {
  from: number;
  to: number;
}

/**
 * Cuts the rows of a table into blocks, so that a stop is heard amid work on all images.
 *
 * @param check Called before each block. @param products Work on each value, where it is more than one step.
 */
export function* blocksOf(rows: number, width: number, check: () => void, products = 0): Generator<Block> {
  const most = Math.min(VALUES / width, products ? PRODUCTS / (products * width) : Infinity);
  const step = Math.max(1, Math.floor(most));
  for (let from = 0; from < rows; from += step) {
    check();
    yield { from, to: Math.min(rows, from + step) };
  }
}

/** Scores and probabilities of a block of images. */
export type DecidedBlock = Decided & Block;

/**
 * Decides a block of images after the other: each row is that of {@linkcode decide}, to the bit, in the memory of a block.
 *
 * @param check Called before each block; what it throws ends the work.
 * @throws {RangeError} as `decide` does.
 */
export function* decideBlocks(
  members: readonly Member[],
  classes: number,
  rule: Rule = plainRule,
  check: () => void = () => {},
): Generator<DecidedBlock> {
  checkAlike(members);
  const images = rowsOf(members[0].logits, classes);
  for (const { from, to } of blocksOf(images, classes, check, rule.costs ? classes : 0)) {
    const rows = members.map((member) => ({
      ...member,
      logits: member.logits.subarray(from * classes, to * classes),
    }));
    yield { from, to, ...decide(rows, classes, rule) };
  }
}

/**
 * The class of each image by a rule: `predict(decide(...).scores)`.
 *
 * @param check Called before each block of images; what it throws ends the work.
 * @throws {RangeError} as `decide` and `predict` do.
 */
export function callsOf(
  members: readonly Member[],
  classes: number,
  rule?: Rule,
  check?: () => void,
): Uint32Array {
  const calls = new Uint32Array(rowsOf(members[0].logits, classes));
  for (const { from, scores } of decideBlocks(members, classes, rule, check)) {
    calls.set(predict(scores, classes, from), from);
  }
  return calls;
}
