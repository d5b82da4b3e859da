// Which adapter is taken, and what is asked of it.
import { DeviceError } from "../graph/errors.ts";
import type { Family } from "../graph/node.ts";

/** The smallest adapter that the kernels of a family fit; `batch_norm_training_grad` has 5 textures. */
const NEEDED: Record<Family, Partial<Record<keyof GPUSupportedLimits, number>>> = {
  tile: {
    maxStorageBuffersPerShaderStage: 8,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupStorageSize: 16384,
  },
  lane: {
    maxStorageBuffersPerShaderStage: 8,
    maxStorageTexturesPerShaderStage: 5,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupStorageSize: 16384,
  },
};

/** The machine's adapter; of several the one that WebGPU takes for the fastest. @returns Null where there is none. */
export async function fastestAdapter(gpu: GPU | undefined = navigator.gpu): Promise<GPUAdapter | null> {
  return await gpu?.requestAdapter({ powerPreference: "high-performance" }) ?? null;
}

/** Its device. @throws {DeviceError} when it gives none. */
export async function requestDevice(
  adapter: GPUAdapter,
  descriptor: GPUDeviceDescriptor,
): Promise<GPUDevice> {
  try {
    return await adapter.requestDevice(descriptor);
  } catch (cause) {
    throw new DeviceError(
      `Cannot open a device on ${adapter.info.description || "this adapter"}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** @throws {DeviceError} when the kernels of a family do not fit an adapter. */
export function checkLimits({ limits }: GPUAdapter, family: Family): void {
  for (const [limit, least] of Object.entries(NEEDED[family])) {
    const has = limits[limit as keyof GPUSupportedLimits] as number;
    if (has >= least) continue;
    throw new DeviceError(
      `Cannot use this adapter: it takes ${limit} of at least ${least} for ${family} kernels, current is ${has}`,
    );
  }
}

/** True if the adapter computes on the CPU. */
export function isSoftware(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter || /llvmpipe|lavapipe|swiftshader/i.test(info.description);
}

/** The defaults of WebGPU are low: ask for what the adapter has of the limits that kernels and buffers meet. */
export function ownLimits(adapter: GPUAdapter): Record<string, number> {
  const limits = [
    "maxBufferSize",
    "maxStorageBufferBindingSize",
    "maxStorageBuffersPerShaderStage",
    "maxStorageTexturesPerShaderStage",
    "maxTextureDimension2D",
    "maxComputeInvocationsPerWorkgroup",
    "maxComputeWorkgroupSizeX",
    "maxComputeWorkgroupStorageSize",
  ] as const;
  // Some drivers know no bound and tell 2^64 - 1, more than may be asked for.
  return Object.fromEntries(
    limits.map((limit) => [limit, Math.min(adapter.limits[limit], Number.MAX_SAFE_INTEGER)]),
  );
}
