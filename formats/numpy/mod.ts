/**
 * NumPy's files: bytes in, plain tensors out, and back. No file is opened here.
 *
 * @module
 */
export { isNpy, parseNpy } from "./npy.ts";
export { NpzFile } from "./npz.ts";
export { writeNpy, writeNpz } from "./write.ts";
