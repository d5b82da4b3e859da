import { Device } from "../../engine/mod.ts";
import type { RunConfig } from "../config/schema/parts.ts";
import { keptTuning } from "../machine/tuning_file.ts";
import type { Progress } from "../progress/progress.ts";

/** Opens the device that a config asks for. @param cache Folder for computed files. @throws {DeviceError} without an adapter. */
export async function openDevice(
  { family, memoryBudget, tune }: Pick<RunConfig, "family" | "memoryBudget" | "tune">,
  cache: string,
  progress: Progress,
): Promise<Device> {
  const bytes = memoryBudget === null ? undefined : memoryBudget * 2 ** 30;
  const device = await Device.open({ family, memoryBudget: bytes });
  device.tuning = await keptTuning(device, tune, cache, progress);
  return device;
}
