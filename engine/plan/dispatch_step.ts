import type { Kernel, Operand, Tensor } from "../graph/node.ts";
import type { Device } from "../device/device.ts";
import type { DispatchStep } from "../device/step.ts";
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
      const found = storage.scratch(node, operand.scratch) as TensorStorage & { place: "buffer" };
      return { storage: found, operand: { place: "buffer", shape: [found.bytes / 4], view: operand.view } };
    }
    const tensor = storage.tensorOf(node, operand)!;
    const found = storage.of(tensor);
    const { place, format } = found;
    const { flat } = kernel;
    return { storage: found, operand: { place, format, shape: tensor.shape, flat, view: operand.view } };
  };
  const found = new Map(Object.entries(kernel.bind).map(([name, operand]) => [name, find(operand)]));
  const operands = new Map([...found].map(([name, { operand }]) => [name, operand]));
  const { wgsl, names, sizes } = expand(
    kernel.code,
    operands,
    kernel.defines,
    kernel.includes,
    kernel.sizes,
  );
  const fixed = Object.entries(kernel.constants).filter(([name]) => !kernel.sizes?.includes(name));
  const pipeline = device.pipeline(kernel.label, wgsl, Object.fromEntries(fixed));
  const used = names.map((name) => found.get(name)!.storage);
  const resources: GPUBindingResource[] = used.map((at) =>
    at.place === "texture" ? at.owned.view : { buffer: at.buffer, offset: at.offset, size: at.bytes }
  );
  if (sizes.length > 0) {
    const values = sizes.map(({ name, type }) => ({ type, value: kernel.constants[name] }));
    resources.push(device.sizes.binding(values));
  }
  const bindings = device.gpu.createBindGroup({
    label: kernel.label,
    layout: pipeline.getBindGroupLayout(0),
    entries: resources.map((resource, binding) => ({ binding, resource })),
  });
  const bytes = used.reduce((sum, at) => sum + (at.place === "texture" ? at.owned.bytes : at.bytes), 0);
  return { kind: "dispatch", node, label: kernel.label, bytes, kernel, pipeline, bindings };
}
