import { Device, type Family, fastestAdapter } from "../../engine/mod.ts";
import { cacheFolder } from "./cache.ts";
import { measureRates, type Rates } from "./measure.ts";
import { type TuningState, tuningState } from "./tuning_file.ts";
import { wideVectors } from "./wide_vectors.ts";
import { versions } from "./versions.ts";

/** Limits of an adapter that kernels and buffers may reach. */
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

const FEATURES = ["timestamp-query", "shader-f16"] as const;

/** Backends of wgpu; WebGPU does not tell which one it uses. */
const BACKENDS: Partial<Record<typeof Deno.build.os, string>> = {
  linux: "Vulkan or OpenGL",
  darwin: "Metal",
  windows: "Direct3D 12, Vulkan or OpenGL",
};

/** Vendors by their number in PCI or in the Vulkan registry. */
const VENDORS: Record<string, string> = {
  "4098": "AMD",
  "4203": "Apple",
  "4318": "NVIDIA",
  "5045": "ARM",
  "20803": "Qualcomm",
  "32902": "Intel",
  "65541": "Mesa",
};

/** The findings of the doctor. */
export interface Diagnosis {
  /** Why everyclass cannot run here and how to mend it, or null. */
  problem: string | null;
  /** Description of the adapter by WebGPU; null without an adapter. */
  adapter: {
    name: string;
    vendor: string;
    backend: string;
    isFallbackAdapter: boolean;
    limits: Record<string, number>;
    features: Record<string, boolean>;
  } | null;
  /** Use of the adapter by everyclass; null where it cannot run. */
  device: {
    family: Family;
    memoryBudget: number;
    /** Invocations of a subgroup, which share loads; "none", or "of no fixed size" where kernels differ in it. */
    subgroups: number | "none" | "of no fixed size";
    /** Rates of the family's kernels, GFLOP/s; null where they fail. */
    gflops: Rates | null;
    /** Timings of kernels by earlier runs. */
    tuning: TuningState;
    /** A setting that may make this adapter faster; null where none is known. */
    hint: string | null;
  } | null;
  /** Versions of everyclass and its platform. */
  versions: Record<string, string>;
  /** The operating system and the threads of the processor. */
  host: { system: string; threads: number };
  /** Folders that speed up the next run and can be deleted. */
  caches: Record<"packages" | "shaders" | "data", string>;
}

/** Examines this machine. Opens the adapter and runs a few matrix products and convolutions on it. */
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
    found.device = {
      family: device.family,
      memoryBudget: device.memory.budget,
      // An adapter may grant subgroups without listing them: the device tells.
      subgroups: device.subgroup || (device.hasSubgroups ? "of no fixed size" : "none"),
      gflops: null,
      tuning,
      hint: wideVectors(device.adapter),
    };
    found.device.gflops = await measureRates(device);
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

/** Finds the cache folders in the environment, as Deno and Mesa do. */
export function cacheFolders(env: (name: string) => string | undefined): Diagnosis["caches"] {
  const home = env("HOME") ?? env("USERPROFILE") ?? "~";
  const cache = env("XDG_CACHE_HOME") || `${home}/.cache`;
  return {
    packages: env("DENO_DIR") || `${cache}/deno`,
    shaders: `${env("MESA_SHADER_CACHE_DIR") || cache}/mesa_shader_cache`,
    data: cacheFolder,
  };
}
