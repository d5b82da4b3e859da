import { lengthsOf, type NumberBytes, type Product, type Tile } from "./tile.ts";

/** The GPU for which tiles are chosen where no timing is known; a large one, for which small layers have to be cut small. */
export const GPU = {
  /** Multiprocessors, each with 4 schedulers that start an instruction of 32 invocations in each cycle. */
  processors: 132,
  registers: 65536,
  /** Bytes of workgroup memory, of which each workgroup takes 1 KiB more than it asks for. */
  workgroupBytes: 228 * 1024,
  /** Most workgroups, and most subgroups of 32 invocations, of a multiprocessor. */
  workgroups: 32,
  subgroups: 64,
  hertz: 1.98e9,
  /** Bytes a second of the memory, and of the cache in front of it. */
  memory: 4.8e12,
  cache: 5.5e12,
  /** Cycles to fetch from the cache or from memory; and of a barrier with the first loads from workgroup memory after it. */
  latency: 600,
  barrier: 100,
  /** Cycles of a dispatch that waits for the one before: of its start and its end. */
  dispatch: 5000,
};

/** Cycles of a load of a 4-vector from workgroup memory by 32 invocations, where half of them meet at each vector. */
const LOAD_CYCLES = 2;

/** Cycles by which the instructions of a subgroup, alone on its scheduler, are apart. */
const APART = 1.3;

/** Bytes from the cache for each cycle of a multiprocessor. */
export const CACHE_CYCLE: number = GPU.cache / GPU.processors / GPU.hertz;

/** Bytes that memory and its caches move at once. */
const SECTOR = 32;

const F32: NumberBytes = { left: 4, right: 4 };

/** A multiprocessor's work for a tile in a step of its depth, and the tiles that it holds at once. */
export interface Step {
  /** Cycles in which all schedulers start instructions, in which workgroup memory is read and written, and of the cache. */
  issue: number;
  shared: number;
  cache: number;
  /** Cycles at least, for a workgroup that has the multiprocessor for itself. */
  alone: number;
  /** Registers of an invocation, and workgroups at once. */
  registers: number;
  resident: number;
}

/** Cycles of a step of a tile, whose bytes come from the cache. */
export function stepOf(tile: Tile, { left, right }: NumberBytes = F32): Step {
  const { threadRows: rows, threadCols: cols, depth } = tile;
  const { threads, rowLoads, colLoads, bytes, ...sides } = lengthsOf(tile);
  const subgroups = threads / 32;
  const loads = depth * (rows + 4 * cols);
  const fetches = rowLoads + colLoads;
  // An element takes about 10 instructions from memory to workgroup memory, with the tests for edges.
  const instructions = depth * 16 * rows * cols + loads + 10 * fetches + 30;
  const registers = Math.ceil((4 * rows * cols + 16 * cols + 4 + 4 * fetches + 3 * rowLoads + 24) / 8) * 8;
  const resident = Math.floor(Math.min(
    GPU.registers / (registers * threads),
    GPU.workgroupBytes / (bytes + 1024),
    GPU.workgroups,
    GPU.subgroups / subgroups,
  ));
  // Rows of less than a sector are fetched as a whole one.
  const sectors = (bytes: number) => Math.max(SECTOR, bytes);
  const fetched = sides.rows * sectors(4 * left * depth) + 4 * depth * sectors(4 * right * sides.cols);
  return {
    issue: instructions * subgroups / 4,
    shared: subgroups * (loads * LOAD_CYCLES + fetches * 4),
    cache: fetched / CACHE_CYCLE,
    alone: Math.max(instructions * APART * Math.max(1, subgroups / 4) + GPU.barrier, GPU.latency),
    registers,
    resident: Math.max(1, resident),
  };
}

/** Workgroups of a product, cut into so many parts of its inner length. */
export function workgroupsOf(tile: Tile, { rows, cols, count }: Product, parts: number): number {
  const sides = lengthsOf(tile);
  return Math.ceil(rows / sides.rows) * Math.ceil(cols / sides.cols) * count * parts;
}

/**
 * Cycles that a product takes on {@link GPU}, by a model that no GPU has confirmed yet (bench/notes/tile.md): each
 * multiprocessor takes its share of the workgroups, as many at once as it holds, and a step of those takes what the
 * busiest of its units does, or what a step takes at least.
 */
export function cyclesOf(tile: Tile, product: Product, parts: number, numbers: NumberBytes = F32): number {
  const { issue, shared, cache, alone, resident } = stepOf(tile, numbers);
  const busy = Math.max(issue, shared, cache);
  // WebGPU has workgroup memory filled with zeros before.
  const zeros = lengthsOf(tile).bytes / 128;
  const steps = Math.ceil(Math.ceil(product.inner / parts) / tile.depth);
  const together = (workgroups: number) =>
    workgroups === 0
      ? 0
      : steps * Math.max(workgroups * busy, alone) + workgroups * zeros + GPU.latency + 2 * alone;
  const share = Math.ceil(workgroupsOf(tile, product, parts) / GPU.processors);
  return Math.floor(share / resident) * together(resident) + together(share % resident);
}

/** Cycles of the busiest unit in all multiprocessors together: of tiles that take equally long the lighter one is better. */
export function workOf(tile: Tile, product: Product, numbers: NumberBytes = F32): number {
  const { issue, shared, cache } = stepOf(tile, numbers);
  return workgroupsOf(tile, product, 1) * Math.ceil(product.inner / tile.depth) *
    Math.max(issue, shared, cache);
}

/** Invocations that share the parts of a 4-vector in the second stage: each adds a few, one waits for the others. */
export function slicesOf(parts: number): number {
  return [16, 4].find((slices) => parts >= 4 * slices) ?? 1;
}

/** Cycles of the second stage, which adds the sums of the parts: they are written and read, four at a time by an invocation. */
export function totalCycles({ rows, cols, count }: Product, parts: number): number {
  const bytes = rows * cols * count * 16;
  const rounds = Math.ceil(parts / slicesOf(parts) / 4);
  return GPU.dispatch + Math.max(2 * parts * bytes / GPU.cache * GPU.hertz, rounds * GPU.latency);
}
