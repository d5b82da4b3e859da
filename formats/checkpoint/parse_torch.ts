import { ForbiddenGlobalError } from "../pickle/mod.ts";
import { CheckpointError } from "../tensors/checkpoint_error.ts";
import { findState } from "./find_state.ts";
import { foldScales } from "./fold_scales.ts";
import type { LayoutFound } from "../layouts/take_layout.ts";
import { looksLike } from "./looks_like.ts";
import type { StateDict } from "../tensors/raw_tensor.ts";
import type { TorchTensor } from "../torch/torch_tensor.ts";
import { UNPACKED_RATIO, UNPACKED_ROOM } from "../zip/zip.ts";
import { isLegacy, unpickleLegacy } from "../torch/torch_legacy.ts";
import { unpickleZip } from "../torch/torch_zip.ts";

/** The contents of a checkpoint of any format. */
export interface Checkpoint {
  /** `torch` is the zip format of PyTorch 1.6 and later. */
  format: "torch" | "torch-legacy" | "safetensors";
  /** The network's tensors by their names, in the order of the file. */
  state: StateDict;
  /** Numbers and texts beside the tensors, such as `epoch`. */
  metadata: Record<string, string>;
  /** Path of the dictionary of the tensors in the file, such as `state_dict`; `""` stands for the whole file. */
  entries: string[];
  /** Names of everything else in the file, which was not read, such as `optimizer`. */
  leftOut: string[];
  /** The layout of published code by which `state` was arranged; null: `state` has the names of the file. */
  layout: LayoutFound | null;
}

/** Options of reading a checkpoint. */
export interface ReadOptions {
  /**
   * Dictionaries of tensors to read and join, `["state_dict_model", "state_dict_classifier"]`; a dot leads to an inner
   * one, or to the beginning of names, as in `module.encoder_q`. Only files that hold several need it. The default is the
   * network, where the file has the layout of published code, or the one dictionary of tensors there is.
   */
  entries?: readonly string[] | undefined;
}

/**
 * Reads what `torch.save` wrote, in the zip format or the one before PyTorch 1.6: `.pt`, `.pth`, `.pth.tar`, `.th`.
 *
 * The file can only make tensors and plain values; it cannot run code. Tensors of any strides come out row-major.
 *
 * @throws {CheckpointError} when the file is damaged or no checkpoint, names anything besides tensors and plain values,
 * or holds no or several dictionaries of tensors.
 *
 * @example
 * ```ts
 * import { CheckpointError, parseTorch } from "everyclass/formats";
 * try {
 *   parseTorch(new TextEncoder().encode("no checkpoint"));
 * } catch (error) {
 *   console.log(error instanceof CheckpointError); // true
 * }
 * ```
 */
export function parseTorch(bytes: Uint8Array, options: ReadOptions = {}): Checkpoint {
  const format = torchFormat(bytes);
  if (!format) {
    throw new CheckpointError(
      `Cannot read the checkpoint: it takes a file of torch.save, current one looks like ${looksLike(bytes)}`,
    );
  }
  const root = refusing(() => format === "torch" ? unpickleZip(bytes) : unpickleLegacy(bytes));
  const { tensors, scales, ...found } = findState(root, options.entries);
  checkSizes(tensors, bytes.length);
  const state: StateDict = new Map();
  for (const [name, tensor] of tensors) state.set(name, tensor.read(name));
  const factors = scales && { ...scales, tensor: scales.tensor.read(scales.name) };
  return { format, state: foldScales(state, factors), ...found };
}

/** Bounds the bytes of all tensors: tensors that share numbers are copied each, so a small file could fill memory. */
function checkSizes(tensors: ReadonlyMap<string, TorchTensor>, fileBytes: number): void {
  const most = UNPACKED_RATIO * fileBytes + UNPACKED_ROOM;
  const wanted = tensors.values().reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (wanted <= most) return;
  throw new CheckpointError(
    `Cannot read the checkpoint: it takes tensors of ${most} bytes at most in a file of ${fileBytes}, current are ${wanted}: ` +
      "the file is damaged, or its tensors are views that repeat their numbers: save them as contiguous()",
  );
}

/** The format of `torch.save` that the first bytes of a file tell; null for other files. */
export function torchFormat(bytes: Uint8Array): "torch" | "torch-legacy" | null {
  // An archive begins with a file; an empty archive begins with its end record.
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b && [3, 5].includes(bytes[2]);
  return isZip ? "torch" : isLegacy(bytes) ? "torch-legacy" : null;
}

/** Modules whose code runs programs or opens files; no training script saves such code. */
const DANGEROUS =
  /^(os|posix|nt|sys|subprocess|builtins|__builtin__|runpy|socket|shutil|importlib|pty|code)\./;

/** Tensors that the reader does not know, by what rebuilds them, and what to save instead. */
const OTHER_TENSORS: Readonly<Record<string, string>> = {
  "torch._utils._rebuild_qtensor": "its weights are quantized to integers: save the network as it was before",
  "torch._utils._rebuild_sparse_tensor": "a tensor is sparse: save it as to_dense()",
};

function refusing<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ForbiddenGlobalError) {
      const { global } = error;
      const cause = Object.hasOwn(OTHER_TENSORS, global)
        ? OTHER_TENSORS[global]
        : DANGEROUS.test(global)
        ? "loading it in Python would run code, it may be an attack"
        : "a whole pickled object, save the weights alone: torch.save(model.state_dict(), file)";
      throw new CheckpointError(
        "Cannot read the checkpoint: it takes tensors, numbers, texts, lists and dictionaries, " +
          `current file names ${global}, which is refused: ${cause}`,
        { cause: error },
      );
    }
    if (error instanceof SyntaxError) throw new CheckpointError(error.message, { cause: error });
    throw error;
  }
}
