// What a plan takes of a device, worked out before anything is allocated.
import { inOrder, memoryOf } from "../graph/graph.ts";
import type { Lowering, Tensor } from "../graph/node.ts";
import { nameOf } from "../graph/source.ts";
import { assignSlots, type Slot, type Stay } from "./passes/slots.ts";
import { bytesOf, type Format } from "../kernel/format.ts";
import { bufferBytes, type Held, matrixOf, type Place } from "../kernel/layout.ts";
import { flatLayout, type ParameterLayout } from "../graph/parameter_layout.ts";

/** What the storage of a plan is worked out from. */
export interface StorageRequest {
  outputs: readonly Tensor[];
  places: ReadonlyMap<Tensor, Place>;
  /** What is stored in f16. */
  half: ReadonlySet<Tensor>;
  /** Tensors computed at each run, in order, with their lowerings. */
  steps: readonly { node: Tensor; lowering: Lowering }[];
  stable: ReadonlySet<Tensor>;
  parameters: readonly ParameterLayout[];
}

/** A buffer or texture to be allocated; `buffer`, or format, columns and rows of a texture. */
export interface Piece extends Slot {
  /** For errors. */
  label: string;
  /** What helps where it is too large, for errors. */
  remedy: string;
}

const SMALLER_BATCH = "lower the batch size";
/** Tensors are packed where an optimiser takes all gradients as one. */
const FEWER_WEIGHTS = "train fewer weights, or on an adapter with larger bindings";

/** Where a value will be: in a store, or in the n-th piece. */
export interface Spot {
  at: ParameterLayout | number;
  /** Bytes before it. */
  offset: number;
  bytes: number;
  format: Format;
}

/** Memory of every tensor of a plan; values that do not live at the same time share it. */
export interface Demand {
  pieces: readonly Piece[];
  of: ReadonlyMap<Tensor, Spot>;
  /** The pieces of the scratch buffers of a tensor's lowering. */
  scratch: ReadonlyMap<Tensor, readonly number[]>;
}

/** @throws {TypeError} when a parameter has no store or two. */
export function demandOf(request: StorageRequest): Demand {
  const { outputs, places, half } = request;
  const order = inOrder(outputs);
  const pieces: Piece[] = [];
  const of = new Map<Tensor, Spot>();
  const spotOf = (node: Tensor): Omit<Spot, "at"> & Slot => {
    const format = half.has(node) ? "f16" : "f32";
    return { ...kindOf(node, { place: places.get(node)!, format }), offset: 0, format };
  };
  placeOwn(request, order, of, (node) => {
    const { kind, bytes, ...spot } = spotOf(node);
    const at = pieces.push({
      kind,
      bytes,
      label: node.describe(),
      remedy: node.op.slices ? FEWER_WEIGHTS : SMALLER_BATCH,
    }) - 1;
    of.set(node, { ...spot, at, bytes });
  });
  placeAliases(order, of);
  const scratch = new Map<Tensor, number[]>();
  const { stays, gives } = staysOf(request, of, spotOf, scratch);
  const slots = assignSlots(stays);
  slots.of.forEach((slot, i) => gives[i](pieces.length + slot, slots.slots[slot]));
  pieces.push(
    ...slots.slots.map((slot) => ({ ...slot, label: "intermediate values", remedy: SMALLER_BATCH })),
  );
  placeAliases(order, of);
  return { pieces, of, scratch };
}

/** Sources, outputs, what keeps its value between runs, and slices of a packed tensor: memory of their own. */
function placeOwn(
  { outputs, stable, parameters }: StorageRequest,
  order: readonly Tensor[],
  of: Map<Tensor, Spot>,
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
    const slices = node.op.slices?.(node);
    if (!slices) continue;
    allocate(node);
    const whole = of.get(node)!;
    node.inputs.forEach((input, i) =>
      of.set(input, { ...whole, offset: slices[i] * 4, bytes: bufferBytes(input.size) })
    );
  }
  for (const node of order) {
    if (of.has(node) || node.op.writes || memoryOf(node) !== node) continue;
    if (node.op.name === "parameter") {
      throw new TypeError(`Cannot plan ${node.describe()}: none of the given stores holds ${nameOf(node)}`);
    }
    if (kept.has(node) || stable.has(node) || node.op.name === "input") allocate(node);
  }
}

/** What is computed and used within a run, and who is given the piece that it stays in. */
function staysOf(
  { steps }: StorageRequest,
  of: Map<Tensor, Spot>,
  spotOf: (node: Tensor) => Omit<Spot, "at"> & Slot,
  scratch: Map<Tensor, number[]>,
): { stays: Stay[]; gives: ((piece: number, slot: Slot) => void)[] } {
  const death = new Map<Tensor, number>();
  steps.forEach(({ node }, at) => {
    for (const used of [node, ...node.inputs]) death.set(memoryOf(used), at);
  });
  const stays: Stay[] = [];
  const gives: ((piece: number, slot: Slot) => void)[] = [];
  steps.forEach(({ node, lowering }, birth) => {
    if (!of.has(node) && !node.op.writes) {
      const { kind, bytes, format } = spotOf(node);
      stays.push({ birth, death: death.get(node)!, kind, bytes });
      gives.push((at, { bytes }) => of.set(node, { at, offset: 0, bytes, format }));
    }
    lowering.scratch?.forEach((bytes, n) => {
      stays.push({ kind: "buffer", bytes: bufferBytes(bytes / 4), birth, death: birth });
      gives.push((piece) => {
        const all = scratch.get(node) ?? [];
        all[n] = piece;
        scratch.set(node, all);
      });
    });
  });
  return { stays, gives };
}

/** What names the memory of another tensor is where that one is. */
function placeAliases(order: readonly Tensor[], of: Map<Tensor, Spot>): void {
  for (const node of order) {
    const spot = memoryOf(node) === node ? undefined : of.get(memoryOf(node));
    if (spot) of.set(node, spot);
  }
}

/** Buffers are shared whatever the numbers in them, textures only among those of one size and format. */
function kindOf({ op, shape, size, dtype, inputs }: Tensor, { place, format }: Held): Slot {
  const { rows, cols } = matrixOf(shape);
  if (place === "texture") {
    return { kind: `${format} ${cols} ${rows}`, bytes: rows * cols * 4 * bytesOf(format) };
  }
  const each = dtype === "u8" ? 1 : bytesOf(format);
  const words = op.slices ? flatLayout(inputs).words : Math.ceil(size * each / 4);
  return { kind: "buffer", bytes: bufferBytes(words) };
}
