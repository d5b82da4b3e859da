import type { Kernel, Operand, Tensor } from "../graph/node.ts";
import type { Device } from "../device/device.ts";
import type { DispatchStep } from "../device/steps/step.ts";
import { MemoryError } from "../graph/errors.ts";
import { mebibytes } from "../kernel/bytes.ts";
import type { StorageMap, TensorStorage } from "./storage.ts";
import { type BoundOperand, expand } from "../kernel/template.ts";

/** Makes the pipeline and the bindings of a kernel for a node whose storage is known. */
export function dispatchStepOf(
  device: Device,
  storage: StorageMap,
  node: Tensor,
  kernel: Kernel,
): DispatchStep {
  const find = (operand: Operand): { storage: TensorStorage; operand: BoundOperand } => {
    if ("scratch" in operand) {
      const found = partIn(storage.scratch(node, operand.scratch), operand) as TensorStorage & {
        place: "buffer";
      };
      return { storage: found, operand: { ...operand, place: "buffer", shape: [found.bytes / 4] } };
    }
    const tensor = storage.tensorOf(node, operand)!;
    const found = partIn(storage.of(tensor), operand);
    const { place, format } = found;
    const { flat } = kernel;
    const layered = found.place === "texture" && found.owned.layers !== null && found.layer === undefined;
    return { storage: found, operand: { ...operand, place, format, shape: tensor.shape, flat, layered } };
  };
  const found = new Map(Object.entries(kernel.bind).map(([name, operand]) => [name, find(operand)]));
  const tables = Object.entries(kernel.tables ?? {});
  const operands = new Map<string, BoundOperand>([
    ...[...found].map(([name, { operand }]) => [name, operand] as const),
    ...tables.map(([name, { length }]) => [name, { place: "buffer" as const, shape: [length] }] as const),
  ]);
  // Software adapters join nothing across invocations, but in the few workgroups of a norm's first stage.
  const least = device.family === "tile" ? device.leastSubgroup : 0;
  const { wgsl, names, sizes } = expand(
    kernel.code,
    operands,
    { ...kernel.defines, LEAST: least },
    kernel.includes,
    kernel.sizes,
  );
  const fixed = Object.entries(kernel.constants).filter(([name]) => !kernel.sizes?.includes(name));
  const pipeline = device.pipelines.of({ label: kernel.label, wgsl, constants: Object.fromEntries(fixed) });
  const most = device.gpu.limits.maxStorageBufferBindingSize;
  const resources = names.map((name): GPUBindingResource => {
    const table = kernel.tables?.[name];
    if (table) return device.sizes.binding(table.map((value) => ({ type: "u32", value })));
    const at = found.get(name)!.storage;
    if (at.place === "texture") return at.layer === undefined ? at.owned.view : at.owned.layer(at.layer);
    if (at.bytes > most) {
      throw new MemoryError(
        `Cannot bind ${name} of ${node.describe()}: it takes ${mebibytes(at.bytes)}, the adapter's largest ` +
          `binding is ${mebibytes(most)}: compute in smaller parts`,
      );
    }
    return { buffer: at.buffer, offset: at.offset, size: at.bytes };
  });
  if (sizes.length > 0) {
    const values = sizes.map(({ name, type, value }) => ({ type, value: value ?? kernel.constants[name] }));
    resources.push(device.sizes.binding(values));
  }
  const bindings = device.gpu.createBindGroup({
    label: kernel.label,
    layout: pipeline.getBindGroupLayout(0),
    entries: resources.map((resource, binding) => ({ binding, resource })),
  });
  const used = names.flatMap((name) => found.get(name)?.storage ?? []);
  const bytes = used.reduce((sum, at) => sum + bytesAt(at), 0);
  return { kind: "dispatch", node, label: kernel.label, bytes, kernel, pipeline, bindings };
}

/** The part of a value's storage that an operand names. */
function partIn(storage: TensorStorage, { part }: Operand): TensorStorage {
  if (!part || storage.place === "texture") return storage;
  return { ...storage, offset: storage.offset + part.from, bytes: part.bytes };
}

function bytesAt(at: TensorStorage): number {
  if (at.place === "buffer") return at.bytes;
  return at.layer === undefined ? at.owned.bytes : at.owned.bytes / at.owned.layers!;
}
