import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  isFull,
  prepareFile,
  removeEmpty,
  removeTemporary,
  UnwrittenError,
  writeWhole,
} from "../../../data/disk/mod.ts";
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

Deno.test("what a killed process left of a file is removed, and nothing of another file or of a writer", async () => {
  await using folder = await temporaryFolder();
  const names = ["page", "other", "page.x"].map((name) => `.${name}.${crypto.randomUUID()}.tmp`);
  const [left] = names;
  const writing = `.page.${crypto.randomUUID()}.tmp`;
  for (const name of ["page", ...names, writing]) Deno.writeTextFileSync(join(folder.path, name), "");
  using file = Deno.openSync(join(folder.path, writing), { write: true });
  file.lockSync(true);
  const there = () => [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
  const all = there();
  removeTemporary(folder.path, "page");
  assertEquals(there(), all.filter((name) => name !== left));
  removeTemporary(folder.path);
  assertEquals(there(), all.filter((name) => name === "page" || name === writing));
});

Deno.test("processes that remove the same left file at the same time do not mind each other", async () => {
  await using folder = await temporaryFolder();
  Deno.writeTextFileSync(join(folder.path, `.page.${crypto.randomUUID()}.tmp`), "");
  const { removeSync } = Deno;
  Deno.removeSync = (path) => {
    removeSync(path); // by another process
    removeSync(path);
  };
  try {
    removeTemporary(folder.path);
  } finally {
    Deno.removeSync = removeSync;
  }
  assertEquals([...Deno.readDirSync(folder.path)], []);
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

Deno.test("a file whose temporary file is known is written without a permission for its folder", async () => {
  await using made = await temporaryFolder();
  const folder = made.path;
  const [path, temporary] = [join(folder, "a"), join(folder, ".known.tmp")];
  const module = new URL("../../../data/disk/mod.ts", import.meta.url).href;
  const code = `const { knowTemporaries, prepareFile, writeWhole } = await import(${JSON.stringify(module)});
      knowTemporaries(new Map([${JSON.stringify([path, temporary])}]));
      prepareFile(${JSON.stringify(path)});
      await writeWhole(${JSON.stringify(path)}, "whole");
      for (const other of ["b", ".other.tmp"]) {
        try {
          Deno.writeTextFileSync(${JSON.stringify(folder + "/")} + other, "");
          console.log(other);
        } catch { /* as it should be */ }
      }`;
  const run = async (files: string[]) => {
    const { code: exit, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        `--allow-read=${[dirname(fileURLToPath(module)), ...files].join(",")}`,
        `--allow-write=${files.join(",")}`,
        `data:text/javascript,${encodeURIComponent(code)}`,
      ],
      cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { exit, out, err };
  };
  const { exit, out, err } = await run([path, temporary]);
  assertEquals([exit, out], [0, ""], err);
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["a"]);
  assertEquals(Deno.readTextFileSync(path), "whole");
  assertEquals((await run([path])).exit, 1); // its temporary file is denied
});

Deno.test("a file's name is on disk before a write ends, unless readers check the bytes", {
  ignore: Deno.build.os === "windows", // it opens no folder
}, async () => {
  await using folder = await temporaryFolder();
  const done: string[] = [];
  const { open, rename } = Deno;
  Deno.open = async (path, options) => {
    const file = await open(path, options);
    if (path === folder.path) file.sync = () => Promise.resolve(void done.push("sync of the folder"));
    return file;
  };
  Deno.rename = (from, to) => rename(from, to).then(() => void done.push("rename"));
  try {
    await writeWhole(join(folder.path, "a"), "1");
    await writeWhole(join(folder.path, "a"), "2", { earlier: join(folder.path, "b") });
    await writeWhole(join(folder.path, "a"), "3", { sync: false });
  } finally {
    Object.assign(Deno, { open, rename });
  }
  const synced = ["rename", "sync of the folder"];
  assertEquals(done, [...synced, "rename", ...synced, "rename"]);
});

Deno.test("a folder that takes no byte is refused, and nothing of the trial is left", async () => {
  await using folder = await temporaryFolder();
  const { writeFileSync } = Deno;
  Deno.writeFileSync = (path) => {
    writeFileSync(path, new Uint8Array());
    throw new Error("No space left on device (os error 28)");
  };
  try {
    for (const file of ["file", "new/file"]) {
      assertThrows(() => prepareFile(join(folder.path, file)), Error, "the disk is full");
    }
  } finally {
    Deno.writeFileSync = writeFileSync;
  }
  assertEquals([...Deno.readDirSync(folder.path)], []);
});

Deno.test("an empty folder is removed, a link to a folder is not", {
  ignore: Deno.build.os === "windows", // it takes a privilege to make links there
}, async () => {
  await using folder = await temporaryFolder();
  const [empty, link] = [join(folder.path, "empty"), join(folder.path, "link")];
  Deno.mkdirSync(empty);
  Deno.symlinkSync(empty, link);
  removeEmpty(link);
  assertEquals(Deno.lstatSync(link).isSymlink, true);
  removeEmpty(empty);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["link"]);
});
