// Loaded before tests, `--preload`: the machine's adapter offers no more textures and buffers to a stage than WebGPU has
// every adapter offer, as one in a browser may.

import { withChanges } from "../engine/adapters.ts";

const { gpu } = navigator;
const requestAdapter = gpu.requestAdapter.bind(gpu);
const LEAST = { maxStorageTexturesPerShaderStage: 4, maxStorageBuffersPerShaderStage: 8 };

gpu.requestAdapter = async (options) => {
  const adapter = await requestAdapter(options);
  return adapter && withChanges(adapter, { limits: withChanges(adapter.limits, LEAST) });
};
