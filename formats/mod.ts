/**
 * Files of other programs, bytes in and values out: checkpoints of PyTorch and safetensors, NumPy's arrays, pickles.
 *
 * @module
 */
export * from "./checkpoint/mod.ts";
export { parseJson } from "./json/mod.ts";
export * from "./numpy/mod.ts";
export * from "./pickle/mod.ts";
