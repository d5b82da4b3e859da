import { CheckpointError, firstOf } from "../tensors/checkpoint_error.ts";
import { foldScales } from "./fold_scales.ts";
import { takeLayout } from "../layouts/take_layout.ts";
import { looksLike } from "./looks_like.ts";
import { parseSafetensors } from "../safetensors/safetensors.ts";
import type { StateDict } from "../tensors/raw_tensor.ts";
import { type Checkpoint, parseTorch, type ReadOptions, torchFormat } from "./parse_torch.ts";

/**
 * Reads a checkpoint of any known format: `torch.save` (zip and before) and safetensors. A file in the layout of the
 * public code of MiSLAS, classifier-balancing (and BALMS) or PaCo becomes one plain state dict.
 *
 * @throws {CheckpointError} when the file has another format, is damaged, or it is unclear which tensors are the weights.
 *
 * @example
 * ```ts
 * import { checkpoints } from "everyclass";
 * const bias = { shape: [2], dtype: "f32" as const, data: Float32Array.of(1, 2) };
 * const bytes = checkpoints.writeSafetensors(new Map([["linear.bias", bias]])); // or the bytes of a PyTorch file
 * const { state } = checkpoints.parseCheckpoint(bytes);
 * console.log(state.get("linear.bias")?.shape); // [2]
 * ```
 */
export function parseCheckpoint(bytes: Uint8Array, options: ReadOptions = {}): Checkpoint {
  if (torchFormat(bytes)) return parseTorch(bytes, options);
  if (isSafetensors(bytes)) {
    const { state: all, metadata } = parseSafetensors(bytes);
    const state = options.entries ? partsOf(all, options.entries) : all;
    const laidOut = takeLayout([{ path: "", tensors: state }]);
    return {
      format: "safetensors",
      state: laidOut ? foldScales(laidOut.tensors, laidOut.scales) : state,
      metadata,
      entries: [...options.entries ?? [""]],
      leftOut: laidOut?.layout.leftOut ?? [],
      layout: laidOut?.layout ?? null,
    };
  }
  throw new CheckpointError(
    "Cannot read the checkpoint: it takes a file of torch.save or safetensors, " +
      `current one looks like ${looksLike(bytes)}`,
  );
}

/** The tensors whose names begin with one of these parts, without it. @throws {CheckpointError} when there are none. */
function partsOf(state: StateDict, parts: readonly string[]): StateDict {
  const found: StateDict = new Map();
  for (const part of parts) {
    const before = found.size;
    for (const [name, tensor] of state) {
      if (name.startsWith(`${part}.`)) found.set(name.slice(part.length + 1), tensor);
    }
    if (found.size > before) continue;
    throw new CheckpointError(
      `Cannot find ${part} in the checkpoint: it takes the beginning of names, such as backbone of backbone.conv1.weight, ` +
        `current names are ${firstOf([...state.keys()])}: a safetensors file has no inner dictionaries`,
    );
  }
  return found;
}

/** After the header's length, of which 4 bytes are zero in any real file, its JSON begins. */
function isSafetensors(bytes: Uint8Array): boolean {
  return bytes[8] === 0x7b && bytes.subarray(4, 8).every((byte) => byte === 0);
}
