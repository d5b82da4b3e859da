import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { isFull, UnwrittenError, writeWhole } from "../../../data/disk/mod.ts";
import { temporaryFolder } from "../helpers.ts";
import { withFullDisk } from "./full_disk.ts";

Deno.test("a file that finds no room is told, and leaves the earlier one and nothing else", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  await writeWhole(path, "before");
  await assertRejects(
    () => withFullDisk(() => true, () => writeWhole(path, "after")),
    UnwrittenError,
    `Cannot write ${path}: the disk is full: make room, or take a folder on another disk`,
  );
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["file"]);
  assertEquals(Deno.readTextFileSync(path), "before");
});

Deno.test("a full disk is known by the words of every system", () => {
  const full = [
    "No space left on device (os error 28)",
    "There is not enough space on the disk. (os error 112)",
    "Disk quota exceeded (os error 122)",
  ];
  for (const words of full) assertEquals(isFull(new Error(words)), true, words);
  for (const words of ["Is a directory (os error 21)", "os error 285", "File too large"]) {
    assertEquals(isFull(new Error(words)), false, words);
  }
});
