/**
 * Files of other programs, bytes in and values out: checkpoints of PyTorch and safetensors, pickles and NumPy's arrays.
 *
 * @module
 */
export * from "./checkpoint/mod.ts";
export * from "./pickle/mod.ts";
