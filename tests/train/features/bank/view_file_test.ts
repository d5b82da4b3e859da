// A file of rows whose index cannot be read is not taken for a damaged one: rows that may be good are not computed again.

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { NO_HANDLES } from "../../../../data/disk/mod.ts";
import { ViewFile } from "../../../../train/features/bank/view_file.ts";

const FACTS = { about: "x", count: 2, width: 1 };

Deno.test("a bank's index that is a folder is told of, and one that is no index counts as damaged", async () => {
  const folder = await Deno.makeTempDir();
  try {
    using file = await ViewFile.open(join(folder, "view-1.f32"), FACTS, () => Promise.resolve());
    assertEquals(await file.check(), []);
    await Deno.writeTextFile(file.indexPath, "null");
    assertEquals(await file.check(), null);
    await Deno.remove(file.indexPath);
    await Deno.mkdir(file.indexPath);
    await assertRejects(() => file.check(), Error, `Cannot read ${file.indexPath}: `);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a process that can open no more files does not take a bank's index for damaged", {
  ignore: Deno.build.os === "windows", // it has no such limit
}, async () => {
  const folder = await Deno.makeTempDir();
  const module = new URL("../../../../train/features/bank/view_file.ts", import.meta.url);
  // Errors are loaded before the last handle is gone.
  const code = `
    const { ViewFile } = await import(${JSON.stringify(module.href)});
    const file = await ViewFile.open("view-1.f32", ${JSON.stringify(FACTS)}, () => Promise.resolve());
    Deno.writeTextFileSync(file.indexPath, '{"about":"x","count":2,"width":1,"once":true,"shards":[]}');
    console.log(JSON.stringify(await file.check()));
    const open = [];
    try { for (;;) open.push(Deno.openSync("/dev/null")); } catch {}
    const said = await file.check().then(JSON.stringify, (error) => error.message);
    for (const each of open) each.close();
    console.log(said);`;
  try {
    const config = new URL("../../../../deno.json", import.meta.url).pathname;
    const { stdout } = await new Deno.Command("sh", {
      args: [
        "-c",
        'ulimit -n 100 && exec "$0" "$@"',
        Deno.execPath(),
        "eval",
        "-q",
        "--config",
        config,
        code,
      ],
      cwd: folder,
      stderr: "inherit",
    }).output();
    const [good, none] = new TextDecoder().decode(stdout).split("\n");
    assertEquals(good, "[]");
    assertStringIncludes(none, `Cannot read view-1.json: ${NO_HANDLES}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
