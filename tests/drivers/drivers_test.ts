import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { driversIn, environmentOf } from "./drivers.ts";

Deno.test("Vulkan drivers are found by their files, folder by folder; other files and missing folders count for nothing", () => {
  const folder = Deno.makeTempDirSync({ prefix: "everyclass-" });
  try {
    const names = ["vk_swiftshader_icd.json", "lvp_icd.x86_64.json", "manifest.json", "icd.json", "lvp.so"];
    for (const name of names) Deno.writeTextFileSync(join(folder, name), "{}");
    const drivers = driversIn([join(folder, "missing"), folder]);
    assertEquals(drivers, [
      { name: "lvp", file: join(folder, "lvp_icd.x86_64.json") },
      { name: "vk_swiftshader", file: join(folder, "vk_swiftshader_icd.json") },
    ]);
    assertEquals(environmentOf(drivers[0]).VK_DRIVER_FILES, drivers[0].file);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
