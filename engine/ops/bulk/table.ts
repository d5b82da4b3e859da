import entry_of from "../../../shaders/bulk/entry_of.wgsl" with { type: "text" };
import type { Kernel } from "../../graph/node.ts";

/** Work on one of many tensors, an entry of a kernel's table. */
export interface Entry {
  /** Invocations. */
  readonly count: number;
  /** The numbers behind the first workgroup, 11 at most. */
  readonly numbers: readonly number[];
}

/** Numbers of an entry, the first workgroup among them. */
const WORDS = 12;

/** Entries of a table that every adapter binds as a uniform buffer of 64 KiB. */
export const MOST_ENTRIES = 1024;

/** Most invocations of an entry (see `shaders/bulk/entry_of.wgsl`). */
export const MOST_COUNT = 2 ** 20;

/** Table, constants and workgroups of a kernel over entries that are of one kind, a workgroup of 64 for each 64 invocations. */
export function overEntries(
  entries: readonly Entry[],
): Pick<Kernel, "tables" | "constants" | "includes" | "workgroups"> & { defines: { ENTRIES: number } } {
  const table: number[] = [];
  let workgroups = 0;
  for (const { count, numbers } of entries) {
    table.push(workgroups, ...numbers, ...new Array(WORDS - 1 - numbers.length).fill(0));
    workgroups += Math.ceil(count / 64);
  }
  // A power of 2, so that networks share pipelines; no workgroup is as far as the entries that fill it up.
  const length = 2 ** Math.ceil(Math.log2(entries.length));
  while (table.length < length * WORDS) table.push(2 ** 32 - 1, ...new Array(WORDS - 1).fill(0));
  const wide = Math.min(workgroups, 32768);
  return {
    tables: { entries: table },
    defines: { ENTRIES: length },
    constants: { WIDE: wide },
    includes: { entry_of },
    workgroups: [wide, Math.ceil(workgroups / wide), 1],
  };
}
