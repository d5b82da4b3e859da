import { Device, type Family, fastestAdapter } from "../../engine/mod.ts";
import { cacheFolder } from "./cache.ts";
import { measureMatmul } from "./measure.ts";
import { type TuningState, tuningState } from "./tuning_file.ts";
import { versions } from "./versions.ts";

/** The limits of an adapter that kernels and buffers meet. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxUniformBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxStorageTexturesPerShaderStage",
  "maxTextureDimension2D",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupsPerDimension",
] as const;

const FEATURES = ["timestamp-query", "shader-f16", "subgroups"] as const;

/** Where wgpu can get an adapter from; WebGPU does not tell which of them it took. */
const BACKENDS: Partial<Record<typeof Deno.build.os, string>> = {
  linux: "Vulkan or OpenGL",
  darwin: "Metal",
  windows: "Direct3D 12, Vulkan or OpenGL",
};

/** Vendors by their PCI number, or the one that the Vulkan registry gave them. */
const VENDORS: Record<string, string> = {
  "4098": "AMD",
  "4203": "Apple",
  "4318": "NVIDIA",
  "5045": "ARM",
  "20803": "Qualcomm",
  "32902": "Intel",
  "65541": "Mesa",
};

/** What the doctor finds out. */
export interface Diagnosis {
  /** What keeps everyclass from running here and how to mend it, or null. */
  problem: string | null;
  /** What WebGPU tells of the adapter; null where there is none. */
  adapter: {
    name: string;
    vendor: string;
    backend: string;
    isFallbackAdapter: boolean;
    limits: Record<string, number>;
    features: Record<string, boolean>;
  } | null;
  /** How everyclass uses it; null where it cannot. */
  device: {
    family: Family;
    memoryBudget: number;
    /** Rate of matrix products with the kernels of the family, GFLOP/s; null where they fail. */
    matmulGflops: number | null;
    /** Which kernels are fastest on it, as earlier runs timed them. */
    tuning: TuningState;
  } | null;
  /** Of everyclass and what it runs on. */
  versions: Record<string, string>;
  /** The processor's side. */
  host: { system: string; threads: number };
  /** Folders that speed up the next run and can be deleted. */
  caches: Record<"packages" | "shaders" | "data", string>;
}

/** Examines this machine. Opens the adapter and runs a few matrix products on it. */
export async function diagnose(
  family: Family | "auto" = "auto",
  cache: string = cacheFolder,
): Promise<Diagnosis> {
  const adapter = await fastestAdapter();
  const found: Diagnosis = {
    problem: null,
    adapter: adapter ? describe(adapter) : null,
    device: null,
    versions: versions(),
    host: {
      system: `${Deno.build.os} ${Deno.build.arch}`,
      threads: navigator.hardwareConcurrency,
    },
    caches: cacheFolders((name) => Deno.env.get(name)),
  };
  try {
    using device = await Device.open({ family });
    const tuning = await tuningState(device, cache);
    found.device = { family: device.family, memoryBudget: device.memory.budget, matmulGflops: null, tuning };
    found.device.matmulGflops = await measureMatmul(device);
  } catch (error) {
    found.problem = error instanceof Error ? error.message : String(error);
  }
  return found;
}

function describe(adapter: GPUAdapter): Diagnosis["adapter"] {
  const { info, limits, features } = adapter;
  const forced = Deno.env.get("DENO_WEBGPU_BACKEND");
  return {
    name: info.description || info.device || "unnamed",
    vendor: VENDORS[info.vendor] ?? info.vendor,
    backend: forced ? `${forced} (DENO_WEBGPU_BACKEND)` : BACKENDS[Deno.build.os] ?? "unknown",
    isFallbackAdapter: info.isFallbackAdapter,
    limits: Object.fromEntries(LIMITS.map((name) => [name, limits[name]])),
    features: Object.fromEntries(FEATURES.map((name) => [name, features.has(name)])),
  };
}

/** The cache folders by the environment, as Deno and Mesa choose them. */
export function cacheFolders(env: (name: string) => string | undefined): Diagnosis["caches"] {
  const home = env("HOME") ?? env("USERPROFILE") ?? "~";
  const cache = env("XDG_CACHE_HOME") || `${home}/.cache`;
  return {
    packages: env("DENO_DIR") || `${cache}/deno`,
    shaders: `${env("MESA_SHADER_CACHE_DIR") || cache}/mesa_shader_cache`,
    data: cacheFolder,
  };
}
