/**
 * everyclass: image classifiers for long-tailed data, trained and fine-tuned on WebGPU so that no class is left
 * behind. This module is the engine; `deno task finetune` is the program.
 *
 * @module
 */
export * from "./engine/mod.ts";
