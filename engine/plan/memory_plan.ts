// The memory of a plan, worked out before anything is allocated.
import { inOrder, memoryOf } from "../graph/graph.ts";
import type { LoweredNode, Tensor } from "../graph/node.ts";
import { nameOf } from "../graph/source.ts";
import { type LiveRange, type MemoryBlock, shareMemory } from "./passes/live_ranges.ts";
import { textureBytes } from "../device/memory.ts";
import { toHostOp } from "../ops/collective/to_host.ts";
import { bytesOf, type NumberFormat } from "../kernel/format.ts";
import { bufferBytes, type Held, matrixOf, type Place } from "../kernel/layout.ts";
import type { ParameterLayout } from "../graph/parameter_layout.ts";

/** A placed graph and its kernels, for which memory is planned. */
interface MemoryRequest {
  outputs: readonly Tensor[];
  places: ReadonlyMap<Tensor, Place>;
  /** Tensors that are stored in f16. */
  f16: ReadonlySet<Tensor>;
  /** Tensors that kernels compute, in order, with these kernels. */
  steps: readonly LoweredNode[];
  stable: ReadonlySet<Tensor>;
  parameters: readonly ParameterLayout[];
}

/** A buffer or texture to be allocated; `buffer`, `staging` that the host reads, or format, columns and rows of a texture. */
export interface Allocation extends MemoryBlock {
  /** For errors. */
  label: string;
  /** The way out where it is too large, for errors. */
  remedy: string;
  /** Kernels bind it slice by slice, so that it may be larger than a binding. */
  sliced?: boolean;
}

const SMALLER_BATCH = "lower the batch size";

/** Where a value will be: in a store, or in the n-th allocation. */
export interface Region {
  at: ParameterLayout | number;
  /** Bytes before it. */
  offset: number;
  bytes: number;
  format: NumberFormat;
  /** Layer of a texture of several; absent for the whole of it. */
  layer?: number | undefined;
}

/** Memory of every tensor of a plan; values that do not live at the same time share it. */
export interface MemoryPlan {
  allocations: readonly Allocation[];
  of: ReadonlyMap<Tensor, Region>;
  /** The tensor that the kernels of another tensor compute beside it. */
  beside: ReadonlyMap<Tensor, Tensor>;
  /** The allocations of the scratch buffers of a tensor's lowering. */
  scratch: ReadonlyMap<Tensor, readonly number[]>;
}

/** Plans the memory of a graph. @throws {TypeError} when a parameter has no store or two. */
export function planMemory(request: MemoryRequest): MemoryPlan {
  const { outputs, places, f16 } = request;
  const order = inOrder(outputs);
  const allocations: Allocation[] = [];
  const of = new Map<Tensor, Region>();
  const layoutOf = (node: Tensor): Omit<Region, "at"> & MemoryBlock => {
    const format = f16.has(node) ? "f16" : "f32";
    return { ...kindOf(node, { place: places.get(node)!, format }), offset: 0, format };
  };
  placeOwn(request, order, of, (node) => {
    const { kind, bytes, ...region } = layoutOf(node);
    const at = allocations.push({
      kind,
      bytes,
      label: node.describe(),
      remedy: SMALLER_BATCH,
      sliced: !!node.op.slices,
    }) - 1;
    of.set(node, { ...region, at, bytes });
  });
  placeAliases(order, of);
  const scratch = new Map<Tensor, number[]>();
  const beside = new Map(order.filter(({ op }) => op.beside).map((node) => [node.inputs[0], node]));
  const { ranges, tell, made } = liveRangesOf(request, of, layoutOf, { beside, scratch });
  const shared = shareMemory(ranges);
  shared.of.forEach((block, i) => tell[i](allocations.length + block, shared.blocks[block]));
  allocations.push(
    ...shared.blocks.map((block, i) => ({
      ...block,
      label: `${made[shared.of.indexOf(i)].describe()}, intermediate`, // a block is made for its first range
      remedy: SMALLER_BATCH,
    })),
  );
  placeAliases(order, of);
  return { allocations, of, beside, scratch };
}

/** Sources, outputs, what keeps its value between runs, and slices of a packed tensor: memory of their own. */
function placeOwn(
  { outputs, stable, parameters }: MemoryRequest,
  order: readonly Tensor[],
  of: Map<Tensor, Region>,
  allocate: (node: Tensor) => void,
): void {
  const kept = new Set(outputs.map(memoryOf));
  for (const node of order) {
    const [own, second] = parameters.filter((store) => store.offsetOf(node) !== null);
    if (second) {
      throw new TypeError(`Cannot plan ${node.describe()}: two of the given stores hold ${nameOf(node)}`);
    }
    if (own) {
      const bytes = bufferBytes(node.size);
      of.set(node, { at: own, offset: own.offsetOf(node)!, bytes, format: "f32" });
    }
    if (!node.op.slices || isShared(node, stable)) continue;
    if (memoryOf(node) === node) allocate(node);
    placeSlices(node, of);
  }
  for (const node of order) {
    if (of.has(node) || node.op.writes || memoryOf(node) !== node) continue;
    if (node.op.name === "parameter") {
      throw new TypeError(`Cannot plan ${node.describe()}: none of the given stores holds ${nameOf(node)}`);
    }
    if (kept.has(node) || stable.has(node) || node.op.name === "input") allocate(node);
  }
}

/** A tensor of slices whose memory others have before and after. */
function isShared(node: Tensor, stable: ReadonlySet<Tensor>): boolean {
  return Boolean(node.op.loose) && ![node, ...node.inputs].some((each) => stable.has(each));
}

/** Places what is computed into slices of a tensor that has its place. */
function placeSlices(node: Tensor, of: Map<Tensor, Region>): void {
  const memory = memoryOf(node);
  const slices = node.op.slices!(node);
  node.inputs.forEach((input, i) => {
    const at = slices[i];
    if (at !== null) of.set(input, sliceOf(of.get(memory)!, memory, at, input.size));
  });
}

/** The region of so many numbers of a tensor from one on, or one of its layers. */
function sliceOf(whole: Region, { op }: Tensor, at: number, size: number): Region {
  if (op.layered) return { ...whole, layer: at };
  const each = bytesOf(whole.format);
  return { ...whole, offset: whole.offset + at * each, bytes: bufferBytes(Math.ceil(size * each / 4)) };
}

/** The live range of each value that is computed and used within a run, and who is told its allocation. */
function liveRangesOf(
  { steps, stable }: MemoryRequest,
  of: Map<Tensor, Region>,
  layoutOf: (node: Tensor) => Omit<Region, "at"> & MemoryBlock,
  { beside, scratch }: { beside: ReadonlyMap<Tensor, Tensor>; scratch: Map<Tensor, number[]> },
): {
  ranges: LiveRange[];
  tell: ((allocation: number, block: MemoryBlock) => void)[];
  /** The tensor of each range. */
  made: Tensor[];
} {
  const lastUse = new Map<Tensor, number>();
  steps.forEach(({ node }, at) => {
    for (const used of [node, ...node.inputs]) lastUse.set(memoryOf(used), at);
  });
  const wholes = new Map<Tensor, Tensor>();
  for (const whole of steps.flatMap(({ node }) => node.inputs)) {
    if (whole.op.slices && isShared(whole, stable)) {
      for (const part of whole.inputs) wholes.set(part, whole);
    }
  }
  const begun = new Set<Tensor>();
  const ranges: LiveRange[] = [];
  const tensors: Tensor[] = [];
  const tell: ((allocation: number, block: MemoryBlock) => void)[] = [];
  steps.forEach(({ node, lowering }, start) => {
    for (const made of [node, beside.get(node)]) {
      const whole = made && (wholes.get(made) ?? made);
      if (!whole || of.has(made) || made.op.writes || begun.has(whole)) continue;
      begun.add(whole);
      const { kind, bytes, format } = layoutOf(whole);
      const uses = [whole, ...whole === made ? [] : whole.inputs].map((each) => lastUse.get(each) ?? start);
      ranges.push({ start, end: Math.max(...uses), kind, bytes });
      tensors.push(whole);
      tell.push((at, { bytes }) => {
        of.set(whole, { at, offset: 0, bytes, format });
        if (whole !== made) placeSlices(whole, of);
      });
    }
    lowering.scratch?.forEach((bytes, n) => {
      ranges.push({ kind: "buffer", bytes: bufferBytes(bytes / 4), start, end: start });
      tensors.push(node);
      tell.push((allocation) => {
        const all = scratch.get(node) ?? [];
        all[n] = allocation;
        scratch.set(node, all);
      });
    });
  });
  return { ranges, tell, made: tensors };
}

/** A tensor that names the memory of another tensor is where the other is. */
function placeAliases(order: readonly Tensor[], of: Map<Tensor, Region>): void {
  for (const node of order) {
    if (node.op.aliases === undefined) continue;
    const source = node.inputs[node.op.aliases];
    const region = of.get(source);
    if (region) {
      of.set(node, node.op.begins ? sliceOf(region, source, node.op.begins(node), node.size) : region);
    }
  }
}

/** Buffers are shared whatever the numbers in them, textures only among those of one size and format. */
function kindOf({ op, shape, size, dtype }: Tensor, { place, format }: Held): MemoryBlock {
  if (op.layered) {
    const [layers, rows, columns] = shape;
    const cols = Math.ceil(columns / 4);
    return { kind: `${format} ${cols} ${rows} ${layers}`, bytes: textureBytes(cols, rows, format, layers) };
  }
  if (op.name === toHostOp.name) return { kind: "staging", bytes: bufferBytes(size) }; // mapped by the host
  const { rows, cols } = matrixOf(shape);
  if (place === "texture") {
    return { kind: `${format} ${cols} ${rows}`, bytes: textureBytes(cols, rows, format) };
  }
  const each = dtype === "u8" ? 1 : bytesOf(format);
  const words = Math.ceil(size * each / 4);
  return { kind: "buffer", bytes: bufferBytes(words) };
}
