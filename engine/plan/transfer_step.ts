import type { Tensor } from "../graph/node.ts";
import { bytesOf } from "../kernel/format.ts";
import { matrixOf } from "../kernel/layout.ts";
import type { TransferStep } from "../device/steps/step.ts";
import { toHostOp } from "../ops/collective/to_host.ts";
import type { StorageMap, TensorStorage } from "./storage.ts";

/** Where a texture of several rows is copied to or from a buffer, the bytes of a row there are a multiple of this many. */
const ROW_BYTES = 256;

type Buffer = TensorStorage & { place: "buffer" };
type Texture = TensorStorage & { place: "texture" };

/**
 * The copy of WebGPU that moves a node's values, or null where it takes a kernel: the node's op does more than move them,
 * their numbers are stored in another format, or what holds them is laid out otherwise.
 */
export function transferOf(storage: StorageMap, node: Tensor): TransferStep | null {
  if (node.op.name === toHostOp.name) return toHost(storage, node);
  if (!node.op.moves) return null;
  const [from, to] = [storage.of(node.inputs[0]), storage.of(node)];
  const record = from.format === to.format ? copyOf(from, to, node) : null;
  return record && {
    kind: "transfer",
    node,
    label: `${node.op.name} (native)`,
    bytes: 2 * node.size * bytesOf(to.format),
    record,
  };
}

/** The copy that the host reads amid a run. */
function toHost(storage: StorageMap, node: Tensor): TransferStep {
  const [from, to] = [storage.of(node.inputs[0]), storage.of(node)] as [Buffer, Buffer];
  const bytes = 4 * node.size;
  return {
    kind: "transfer",
    node,
    label: `${node.op.name} (native)`,
    bytes: 2 * bytes,
    record: (encoder) => encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, 0, bytes),
  };
}

function copyOf(
  from: TensorStorage,
  to: TensorStorage,
  { size, shape }: Tensor,
): TransferStep["record"] | null {
  // A last 4-vector in part has zeros beside its values, which kernels write.
  if (size % 4 !== 0) return null;
  if (from.place === "buffer" && to.place === "buffer") {
    // Never one and the same: no kernel could read and write that either.
    const bytes = size * bytesOf(to.format);
    return (encoder) => encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, bytes);
  }
  const { rows, cols, channels } = matrixOf(shape);
  const bytesPerRow = cols * 4 * bytesOf(to.format);
  if (channels % 4 !== 0 || rows > 1 && bytesPerRow % ROW_BYTES !== 0) return null;
  // Offsets need to be multiples of a 4-vector's bytes: bindings need more.
  const dense = ({ buffer, offset }: Buffer) => ({ buffer, offset, ...rows > 1 && { bytesPerRow } });
  const whole = ({ owned: { texture }, layer = 0 }: Texture) => ({ texture, origin: { z: layer } });
  if (from.place === "buffer" && to.place === "texture") {
    return (encoder) => encoder.copyBufferToTexture(dense(from), whole(to), [cols, rows]);
  }
  if (from.place === "texture" && to.place === "buffer") {
    return (encoder) => encoder.copyTextureToBuffer(whole(from), dense(to), [cols, rows]);
  }
  return null; // between textures, where plans put no copies
}
