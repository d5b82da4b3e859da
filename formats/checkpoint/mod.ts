/**
 * Checkpoints: bytes in, plain tensors out, and their match with a network. No file is opened here.
 *
 * @module
 */
export { parseCheckpoint } from "./checkpoint.ts";
export { CheckpointError } from "../tensors/checkpoint_error.ts";
export type { LayoutFound } from "../layouts/take_layout.ts";
export {
  type Match,
  matchNetwork,
  type MatchOptions,
  matchState,
  MismatchError,
} from "../match/match_state.ts";
export type { Mismatch, Misshaped } from "../match/mismatch.ts";
export { stripPrefix } from "../match/prefix.ts";
export { renameState } from "../match/rename.ts";
export type { RawTensor, StateDict } from "../tensors/raw_tensor.ts";
export { asSecond, secondModel } from "../tensors/second.ts";
export { parseSafetensors, writeSafetensors } from "../safetensors/safetensors.ts";
export { type Checkpoint, parseTorch, type ReadOptions } from "./parse_torch.ts";
export { writeTorch } from "../torch/torch_write.ts";
