import { DeviceError } from "../graph/errors.ts";
import { inOrder, memoryOf } from "../graph/graph.ts";
import type { DeviceFacts, LoweredNode, Lowering, Tensor } from "../graph/node.ts";
import { copy } from "../ops/arithmetic/copy.ts";
import { addFromViews } from "./passes/add_views.ts";
import { fuse } from "./passes/fuse.ts";
import { fuseNorms } from "./passes/fuse_norms.ts";
import { autocast } from "./passes/autocast.ts";
import { gatherFilters } from "./passes/gather_filters.ts";
import { gatherPacked } from "./passes/gather_gradients.ts";
import { joinParts } from "./passes/join_parts.ts";
import { maskResults } from "./passes/mask_results.ts";
import { moveInNorms } from "./passes/move_in_norms.ts";
import { place } from "./passes/place.ts";
import { schedule } from "./passes/schedule.ts";
import { simplify } from "./passes/simplify.ts";
import { stable } from "./passes/stable.ts";
import { takeTurns } from "./passes/take_turns.ts";
import { type MemoryPlan, planMemory } from "./memory_plan.ts";
import type { Device } from "../device/device.ts";
import { plain, type PlanSize } from "../device/memory.ts";
import { matrixOf } from "../kernel/layout.ts";
import type { ParameterLayout } from "../graph/parameter_layout.ts";
import { checkEffects, inputsOf, type PlanSpec, targetsOf } from "./spec.ts";

/** A graph as kernels over planned memory, before anything is on the device. */
interface LoweredGraph<Store extends ParameterLayout> {
  inputs: ReadonlyMap<string, Tensor>;
  outputs: ReadonlyMap<string, Tensor>;
  /** Tensors that are computed once, until a store changes. */
  once: readonly LoweredNode[];
  /** Tensors that every run computes. */
  always: readonly LoweredNode[];
  stores: readonly { store: Store; written: boolean }[];
  memory: MemoryPlan;
  /** Most rows or columns of what kernels want in textures, 4-vectors; 0 where they want none. */
  side: number;
}

/**
 * Lowers a graph to kernels: fuses, places, lowers, and plans the memory.
 *
 * @throws {TypeError} when two inputs share a name, a parameter has no store or two, or an update writes anything
 * but parameters. @throws {DeviceError} when f16 is asked for on an adapter without it.
 */
export function lowerGraph<Store extends ParameterLayout>(
  device: Device,
  spec: PlanSpec<Store>,
): LoweredGraph<Store> {
  const { outputs = {}, updates = [], parameters = [], precision = "f32" } = spec;
  if (precision === "f16" && !device.hasF16) {
    throw new DeviceError(
      `Cannot plan in f16 on ${device.adapter}: it takes an adapter with shader-f16, current has none: plan in f32`,
    );
  }
  const names = Object.keys(outputs);
  const simple = simplify(takeTurns([...Object.values(outputs), ...updates]));
  const simpleUpdates = simple.slice(names.length);
  checkEffects(inOrder(simple), simpleUpdates, parameters);
  const stores = parameters.map((store) => ({
    store,
    written: simpleUpdates.flatMap(targetsOf).some((target) => store.offsetOf(target) !== null),
  }));
  const written = (node: Tensor) =>
    stores.some(({ store, written }) => written && store.offsetOf(node) !== null);
  // The host gets a parameter that the plan writes with the value that other tensors see: from before the step.
  const results = simple.map((root, i) => i < names.length && written(memoryOf(root)) ? copy(root) : root);
  const facts = factsOf(device);
  const textures = facts.family === "lane" ? device.gpu.limits.maxStorageTexturesPerShaderStage : Infinity;
  const fused = maskResults(addFromViews(fuseNorms(fuse(results))), textures);
  const roots = joinParts(moveInNorms(fused, parameters), facts.family);
  const alone = place(roots, facts.family, device.gpu.limits.maxTextureDimension2D, textures);
  const placed = gatherPacked(gatherFilters(alone, parameters, facts), facts);
  const order = schedule(placed.outputs);
  const effects = placed.outputs.slice(names.length);
  const inputs = inputsOf(order);
  const kept = stable(placed.outputs, written);

  // Updates come last: whatever reads a parameter sees its value from before the step.
  const nodes = [...order.filter((node) => !effects.includes(node)), ...effects]
    .filter((node) => node.op.lower);
  const lowered = (f16: ReadonlySet<Tensor>) =>
    nodes.map((node) => ({ node, lowering: lowerAt(node, placed.places, f16, facts) }));
  const inF32 = lowered(new Set());
  // Formats hang on what kernels reach without accessors, and the tiles of some kernels on formats.
  const f16 = precision === "f16" ? autocast(order, placed.outputs, inF32) : new Set<Tensor>();
  const computed = f16.size > 0 ? lowered(f16) : inF32;
  const once = computed.filter(({ node }) => kept.has(node));
  const always = computed.filter(({ node }) => !kept.has(node));
  const memory = planMemory({
    outputs: placed.outputs,
    places: placed.places,
    f16,
    steps: [...once, ...always],
    stable: kept,
    parameters,
  });
  const byName = new Map(names.map((name, i) => [name, placed.outputs[i]]));
  const wanted = device.family === "lane" ? computed.flatMap(({ node }) => wantedFast(node)) : [];
  const side = most(wanted.flatMap(({ shape }) => {
    const { rows, cols } = matrixOf(shape);
    return [rows, cols];
  }));
  return { inputs, outputs: byName, once, always, stores, memory, side };
}

/** The inputs that the kernels of a node read many times over. */
function wantedFast({ op, inputs }: Tensor): Tensor[] {
  return inputs.filter(({ shape, dtype }, n) =>
    op.wants?.[n] === "fast" && dtype === "f32" && shape.length >= 2
  );
}

const most = (numbers: readonly number[]) => numbers.reduce((a, b) => Math.max(a, b), 0);

function factsOf({ family, subgroup, gpu: { limits } }: Device): DeviceFacts {
  const { maxStorageBufferBindingSize: binding, maxComputeWorkgroupStorageSize: workgroupBytes } = limits;
  return { family, binding, subgroup, workgroupBytes };
}

function lowerAt(
  node: Tensor,
  places: ReadonlyMap<Tensor, "buffer" | "texture">,
  f16: ReadonlySet<Tensor>,
  facts: DeviceFacts,
): Lowering {
  return node.op.lower!(node, {
    ...facts,
    inputs: node.inputs.map((input) => places.get(input)!),
    formats: node.inputs.map((input) => f16.has(memoryOf(input)) ? "f16" : "f32"),
    output: places.get(node)!,
  });
}

/** The memory and limits that a plan of a lowered graph takes of a device. */
export function planSizeOf(
  { memory: { allocations }, once, always, side }: LoweredGraph<ParameterLayout>,
): PlanSize {
  const kernels = [...once, ...always].flatMap(({ lowering }) => lowering.kernels);
  return {
    bytes: allocations.reduce((sum, { bytes }) => sum + bytes, 0),
    largest: most(
      allocations.filter(({ kind, sliced }) => kind === "buffer" && !sliced).map(({ bytes }) => bytes),
    ),
    workgroups: most(kernels.flatMap(({ workgroups }) => workgroups)),
    side,
    shares: allocations.map(({ label, bytes }) => ({ label: plain(label), bytes })),
  };
}
