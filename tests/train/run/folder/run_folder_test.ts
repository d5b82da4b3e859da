import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { configSchema } from "../../../../train/config/schema/finetune.ts";
import { type Config, loadConfig } from "../../../../train/config/load.ts";
import { writeSealed } from "../../../../train/machine/seal.ts";
import { runFiles, RunFolder } from "../../../../train/run/folder/run_folder.ts";
import { prepareFile, UnwrittenError, writeWhole } from "../../../../data/disk/mod.ts";

/** Runs a test in a folder of its own. */
function inFolder(test: (folder: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = await Deno.makeTempDir();
    try {
      await test(folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();

Deno.test(
  "runs of one name go to folders of their own",
  inFolder(async (folder) => {
    const root = join(folder, "deep/runs");
    for (const expected of ["gml", "gml-2", "gml-3"]) {
      using run = RunFolder.open("gml", null, root);
      assertEquals(run.path, join(root, expected));
      await run.write(runFiles.metrics, "");
    }
  }),
);

Deno.test(
  "a run folder given by the user is taken as it is, unless it holds a run",
  inFolder(async (folder) => {
    const out = join(folder, "a/b");
    {
      using run = RunFolder.open("gml", out);
      await run.write(runFiles.recalls, "");
    }
    assertEquals(names(out), ["recalls.csv"]);
    const { message } = assertThrows(() => RunFolder.open("gml", out), Error);
    assertStringIncludes(
      message,
      `Cannot write to the run folder ${out}: it holds recalls.csv of an earlier run`,
    );
    await Deno.writeTextFile(join(folder, "notes.txt"), "mine");
    using run = RunFolder.open("gml", folder);
    assertEquals(run.path, folder);
  }),
);

Deno.test(
  "a run folder that cannot be written to is refused at once and nothing is lost",
  inFolder(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "mine");
    for (const out of [file, join(file, "below")]) {
      const { message } = assertThrows(() => RunFolder.open("gml", out), Error);
      assertStringIncludes(
        message,
        `Cannot write to the run folder ${out}: a file of that name is in the way`,
      );
    }
    assertThrows(() => RunFolder.open("gml", null, file), Error, join(file, "gml"));
    assertEquals(await Deno.readTextFile(file), "mine");
  }),
);

Deno.test("a run folder whose permission Deno was not given is refused with the flags to give", {
  permissions: { read: true },
}, () => {
  assertThrows(() => RunFolder.open("gml", "some/folder"), Error, "run it with --allow-read=");
});

Deno.test(
  "a run folder disappears if nothing was written to it",
  inFolder(async (folder) => {
    {
      using _run = RunFolder.open("empty", null, folder);
    }
    {
      using run = RunFolder.open("kept", null, folder);
      await run.write(runFiles.report, "<!doctype html>");
    }
    assertEquals(names(folder), ["kept"]);
  }),
);

Deno.test(
  "the folder of a command that begins again goes without a summary, and stays with one; other files stay",
  inFolder(async (folder) => {
    for (const summary of [false, true]) {
      using run = RunFolder.open("x", join(folder, `${summary}`)).wholeOnly();
      await run.write(runFiles.recalls, "");
      await run.write(runFiles.report, "<!doctype html>");
      await run.write("mine.svg", "<svg/>");
      if (summary) await run.write("summary.json", "{}");
    }
    assertEquals(names(join(folder, "false")), ["mine.svg"]);
    assertEquals(names(join(folder, "true")), ["mine.svg", "recalls.csv", "report.html", "summary.json"]);
  }),
);

Deno.test(
  "the config in a run folder runs the same again",
  inFolder(async (folder) => {
    const config = {
      ...configSchema.parse({
        loss: { name: "ce" },
        optimizer: { schedule: { steps: [1, 2], factors: [0.5, 0.1] } },
      }),
      name: "again",
    };
    using run = RunFolder.open("again", null, folder);
    await run.writeConfig(config);
    assertEquals(await loadConfig(join(run.path, "config.yaml")), config);
    const [comment] = (await Deno.readTextFile(join(run.path, "config.yaml"))).split("\n");
    assertEquals(
      comment,
      `# To repeat this run: deno task finetune --config ${join(run.path, "config.yaml")}`,
    );
  }),
);

Deno.test(
  "a file is written whole: a write that fails leaves the earlier one and no temporary file",
  inFolder(async (folder) => {
    const path = join(folder, "summary.json");
    await writeWhole(path, "first");
    await writeWhole(path, new TextEncoder().encode("second"));
    assertEquals(await Deno.readTextFile(path), "second");
    // A folder of the file's name makes the rename fail after everything was written.
    const taken = join(folder, "taken");
    await Deno.mkdir(join(taken, "inside"), { recursive: true });
    await assertRejects(() => writeWhole(taken, "text"), Error, `Cannot write ${taken}: `);
    await assertRejects(() => writeWhole(join(folder, "gone/file"), "text"), Error, "the folder is gone");
    assertEquals(names(folder), ["summary.json", "taken"]);
  }),
);

Deno.test(
  "the folder of a file to be written later is made as a run's is, and goes where nothing is written",
  inFolder(async (folder) => {
    const path = join(folder, "new/deep/labels.txt");
    {
      using _file = prepareFile(path);
      assertEquals(names(join(folder, "new/deep")), []);
    }
    assertEquals(names(join(folder, "new")), []);
    {
      using _file = prepareFile(path);
      await writeWhole(path, "1\n");
    }
    assertEquals(await Deno.readTextFile(path), "1\n");
    await Deno.remove(path);
    prepareFile(path)[Symbol.dispose]();
    assertEquals(names(join(folder, "new")), ["deep"]); // it was there before
    await Deno.writeTextFile(path, "a file");
    const { message, cause } = assertThrows(() => prepareFile(join(path, "labels.txt")), Error);
    assertStringIncludes(message, "labels.txt: a file of that name is in the way");
    assertEquals(cause, undefined); // told in the message
  }),
);

Deno.test(
  "readers never see a part of a file",
  inFolder(async (folder) => {
    const path = join(folder, "checkpoint.safetensors");
    await writeWhole(path, new Uint8Array(1 << 20).fill(1));
    let writing = true;
    const writer = (async () => {
      for (let i = 2; i < 12; i++) await writeWhole(path, new Uint8Array(1 << 20).fill(i));
      writing = false;
    })();
    while (writing) {
      const bytes = await Deno.readFile(path);
      assertEquals(bytes.length, 1 << 20);
      assert(bytes.every((b) => b === bytes[0]));
    }
    await writer;
  }),
);

Deno.test(
  "an interrupted run is found again until it is whole",
  inFolder(async (folder) => {
    const save = (step: string) => writeSealed(new Map(), { step });
    const path = join(folder, "gml");
    assertThrows(() => RunFolder.reopen(path, "finetune"), Error, "current one is not there");
    {
      using run = RunFolder.open("gml", null, folder);
      assertThrows(() => RunFolder.reopen(path, "finetune"), Error, "no interrupted run is in it");
      for (const step of ["1", "2"]) await run.writeWork(save(step));
    }
    {
      using run = RunFolder.reopen(path, "finetune");
      assertEquals(await run.readWork(), save("2"));
      await writeWhole(join(path, "summary.json"), "{}");
      await run.removeWork();
    }
    assertThrows(() => RunFolder.reopen(path, "finetune"), Error, "the run in it is whole");
    assertEquals(names(path), ["summary.json"]);
  }),
);

Deno.test(
  "a run that has begun can go on from then on, and leaves nothing where it ends before it has anything",
  inFolder(async (folder) => {
    const config = configSchema.parse({}) as Config;
    const begin = async (name: string) => {
      const run = RunFolder.open(name, join(folder, name));
      run.willBegin({ ...config, name }, "finetune", new Uint8Array([1]));
      await run.begin();
      return run;
    };
    {
      using _run = await begin("failed");
    }
    {
      using run = RunFolder.open("unwritten", join(folder, "unwritten"));
      run.willBegin({ ...config, name: "unwritten" }, "finetune", new Uint8Array([1]));
      const inTheWay = [runFiles.workBefore, runFiles.work];
      for (const file of inTheWay) Deno.mkdirSync(join(run.path, file, "inside"), { recursive: true });
      await assertRejects(() => run.begin(), UnwrittenError, "work.safetensors");
      run[Symbol.dispose]();
      assertEquals(names(run.path), inTheWay);
      Deno.removeSync(run.path, { recursive: true });
    }
    {
      using run = await begin("kept elsewhere");
      assertEquals(names(run.path), ["config.yaml", "run.lock", "work.safetensors"]);
      run.keep();
    }
    {
      using run = await begin("with rows");
      await run.write(runFiles.recalls, "");
    }
    assertEquals(names(folder), ["kept elsewhere", "with rows"]);
    const path = join(folder, "kept elsewhere");
    assertThrows(
      () => RunFolder.open("x", path),
      Error,
      `it holds a run that was cut off: go on with that by --resume '${path}'`,
    );
    // What a process that was killed amid a file leaves, and a file of the user's.
    const half = `.checkpoint.safetensors.${crypto.randomUUID()}.tmp`;
    for (const name of [half, ".mine.tmp"]) Deno.writeTextFileSync(join(path, name), "half");
    using again = RunFolder.reopen(path, "finetune");
    assertEquals(names(path), [".mine.tmp", "config.yaml", "run.lock", "work.safetensors"]);
    assertEquals(again.goOn, `deno task finetune --resume '${path}'`);
  }),
);
