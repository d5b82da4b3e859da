// Which adapter is taken, and what is asked of it.
import { DeviceError } from "../graph/errors.ts";
import type { Family } from "../graph/node.ts";

/**
 * The smallest adapter that the kernels of a family fit: what WebGPU has every adapter offer. Where kernels of a graph would
 * bind more textures, a plan puts some of them into buffers (see `plan/passes/place.ts`).
 */
const NEEDED: Record<Family, Partial<Record<keyof GPUSupportedLimits, number>>> = {
  tile: {
    maxStorageBuffersPerShaderStage: 8,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupStorageSize: 16384,
  },
  lane: {
    maxStorageBuffersPerShaderStage: 8,
    maxStorageTexturesPerShaderStage: 4,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupStorageSize: 16384,
  },
};

/** The machine's adapter; of several the one that WebGPU takes for the fastest. @returns Null where there is none. */
export async function fastestAdapter(gpu: GPU | undefined = navigator.gpu): Promise<GPUAdapter | null> {
  return await gpu?.requestAdapter({ powerPreference: "high-performance" }) ?? null;
}

/** Features that are used where the adapter lists them. */
const WANTED: readonly GPUFeatureName[] = ["timestamp-query", "shader-f16"];

/** Not in the list of every adapter that grants them. */
const SUBGROUPS: GPUFeatureName = "subgroups";

/**
 * An adapter's device with the features that kernels use. Subgroups are asked for whether the adapter lists them or not:
 * Deno 2.9.6 grants them without listing them.
 *
 * @param subgroups False: not asked for. @throws {DeviceError} when the adapter gives no device.
 */
export async function requestDevice(adapter: GPUAdapter, subgroups: boolean): Promise<GPUDevice> {
  const requiredLimits = ownLimits(adapter);
  const requiredFeatures = WANTED.filter((feature) => adapter.features.has(feature));
  if (subgroups) {
    try {
      return await adapter.requestDevice({
        requiredLimits,
        requiredFeatures: [...requiredFeatures, SUBGROUPS],
      });
    } catch {
      // An adapter without subgroups; other causes come again.
    }
  }
  try {
    return await adapter.requestDevice({ requiredLimits, requiredFeatures });
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

/**
 * The directives that a shader of this adapter begins with: implementations that list subgroups demand the directive, and
 * prove only where a whole workgroup takes one way that invocations may exchange values there, while kernels take care of
 * each subgroup; Deno 2.9.6, which does not list them, refuses the directive.
 */
export function directivesOf(adapter: GPUAdapter): string {
  return adapter.features.has(SUBGROUPS) ? "enable subgroups;\ndiagnostic(off, subgroup_uniformity);\n" : "";
}

/** The defaults of WebGPU are low: ask for what the adapter has of the limits that kernels and buffers meet. */
function ownLimits(adapter: GPUAdapter): Record<string, number> {
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
