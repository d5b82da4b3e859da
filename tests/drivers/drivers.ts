// Vulkan drivers of a machine: each is told by a file of JSON that names its library.

import { basename, join } from "node:path";

/** A driver that is installed. */
export interface Driver {
  /** The name of its file, without the ending: `lvp`, `vk_swiftshader`. */
  name: string;
  /** The file, as the Vulkan loader takes it. */
  file: string;
}

/** The folders in which the Vulkan loader finds drivers, and that of browsers' SwiftShader, which it does not find. */
export const FOLDERS: readonly string[] = [
  "/usr/share/vulkan/icd.d",
  "/usr/local/share/vulkan/icd.d",
  "/etc/vulkan/icd.d",
  "/usr/lib/chromium",
  "/usr/lib/chromium-browser",
  "/opt/google/chrome",
];

/** The drivers in some folders, in order; a folder that is not there has none. */
export function driversIn(folders: readonly string[]): Driver[] {
  return folders.flatMap((folder) =>
    filesIn(folder).filter((name) => /_icd(\.\w+)?\.json$/.test(name)).sort()
      .map((name) => ({ name: basename(name).replace(/_icd(\.\w+)?\.json$/, ""), file: join(folder, name) }))
  );
}

function filesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw error;
  }
}

/** The variables that make a process see this driver alone; older loaders know the second name only. */
export function environmentOf({ file }: Driver): Record<string, string> {
  return { VK_DRIVER_FILES: file, VK_ICD_FILENAMES: file, DENO_WEBGPU_BACKEND: "vulkan" };
}

/** Asks a process of its own, as a driver is taken once, at the first adapter. */
const PROBE = "const adapter = await navigator.gpu?.requestAdapter();" +
  "console.log(adapter ? adapter.info.description || adapter.info.vendor || 'an adapter' : '');";

/** The words of a driver's adapter on itself; null where it has no device here. */
export async function adapterOf(driver: Driver): Promise<string | null> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", PROBE],
    env: environmentOf(driver),
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim() || null;
}
