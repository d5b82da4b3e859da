// A run folder is one run's at a time, whoever else asks for it, and however the run before ended.

import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeTemporary } from "../../../../data/disk/mod.ts";
import { claimAgain, RunLock } from "../../../../train/run/folder/run_lock.ts";
import { RunFolder } from "../../../../train/run/folder/run_folder.ts";
import { everyclass, filesIn, type Finished } from "../../command.ts";
import { Problem } from "../../problem.ts";

const problem = new Problem();
const newFolder = () => Deno.makeTempDirSync({ dir: problem.folder });
const lockIn = (folder: string) => join(folder, "run.lock");

/**
 * A process that opens a run folder, says which, and waits.
 *
 * @param out The folder; null for a new one under the root. @param ms Milliseconds until it ends without giving it back.
 */
function opener(root: string, out: string | null = null, ms = 60_000): Deno.ChildProcess {
  const module = fileURLToPath(import.meta.resolve("../../../../train/run/folder/run_folder.ts"));
  const code = `import { RunFolder } from ${JSON.stringify(module)};
    try {
      const folder = RunFolder.open("run", ${JSON.stringify(out)}, ${JSON.stringify(root)});
      console.log(folder.path);
    } catch (error) {
      console.log(error.message);
    }
    setTimeout(() => Deno.kill(Deno.pid, "SIGKILL"), ${ms});`;
  const args = ["eval", code];
  return new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "null", stdin: "null" }).spawn();
}

/** The line that such a process prints. */
async function lineOf(child: Deno.ChildProcess): Promise<string> {
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  await reader.cancel();
  return value.trim();
}

/** Ends processes as `kill -9` does. */
async function end(...children: Deno.ChildProcess[]): Promise<void> {
  for (const child of children) child.kill("SIGKILL");
  for (const child of children) await child.status;
}

Deno.test("lock: a claimed folder is refused with its owner, and free again after the run", () => {
  const folder = newFolder();
  {
    using lock = RunLock.claim(folder, "here");
    assertEquals(lock.told, null);
    const { pid, host, started } = JSON.parse(Deno.readTextFileSync(lockIn(folder)));
    assertEquals([pid, host], [Deno.pid, "here"]);
    assert(Math.abs(Date.now() - Date.parse(started)) < 60_000);
    const words = `process ${Deno.pid} on here, begun at ${started}, is at work in it`;
    assertThrows(() => RunLock.claim(folder, "here"), Error, words);
  }
  assertEquals(filesIn(folder), []);
  RunLock.claim(folder)[Symbol.dispose]();
});

Deno.test("lock: the claim of a process that was killed is taken over, and that is said", async () => {
  const folder = newFolder();
  const child = opener(folder, folder);
  assertEquals(await lineOf(child), folder);
  const { pid } = JSON.parse(Deno.readTextFileSync(lockIn(folder)));
  assertEquals(pid, child.pid);
  const { message } = assertThrows(() => RunFolder.open("run", folder), Error);
  assertMatch(message, new RegExp(`process ${pid} on \\S+, begun at \\S+, is at work in it: wait`));
  await end(child);
  using lock = RunLock.claim(folder);
  assertStringIncludes(lock.told!, `process ${pid} on `);
  assertStringIncludes(lock.told!, "is gone: this run takes it over");
});

Deno.test("lock: --resume waits for a process that is about to end", async () => {
  const folder = newFolder();
  const child = opener(folder, folder, 700);
  assertEquals(await lineOf(child), folder);
  using lock = claimAgain(folder);
  assertStringIncludes(lock.told!, `process ${child.pid} on `);
  await child.status;
});

Deno.test("lock: a claim of another host is left alone, with how to take it over; a half-written one is taken over", () => {
  const folder = newFolder();
  const owner = { pid: 7, host: "elsewhere", started: "2026-01-01T00:00:00.000Z" };
  Deno.writeTextFileSync(lockIn(folder), JSON.stringify(owner));
  const { message } = assertThrows(() => RunLock.claim(folder, "here"), Error);
  assertStringIncludes(message, "process 7 on elsewhere, begun at 2026-01-01T00:00:00.000Z, claimed it");
  assertStringIncludes(message, `remove ${lockIn(folder)} and try again`);
  Deno.removeSync(lockIn(folder));
  RunLock.claim(folder, "here")[Symbol.dispose]();
  for (const text of ["", "{", '{"pid":-1}', "[]"]) {
    Deno.writeTextFileSync(lockIn(folder), text);
    using lock = RunLock.claim(folder, "here");
    assertEquals(lock.told === null, text === "", text);
  }
});

/** Runs a function on a file system without locks. */
async function withoutLocks(run: () => void | Promise<void>): Promise<void> {
  const { tryLockSync } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.tryLockSync = () => {
    throw new Error("Function not implemented (os error 38)");
  };
  try {
    await run();
  } finally {
    Deno.FsFile.prototype.tryLockSync = tryLockSync;
  }
}

Deno.test("lock: on a file system without locks a claim is the file, which is told where a killed process left it", async () => {
  await withoutLocks(() => {
    const folder = newFolder();
    for (
      const earlier of ["", JSON.stringify({ pid: 7, host: "here", started: "2026-01-01T00:00:00.000Z" })]
    ) {
      {
        using lock = RunLock.claim(folder, "here");
        assertEquals(lock.told, null);
        assertThrows(() => RunLock.claim(folder, "here"), Error, "nobody here can tell");
      }
      assertEquals(filesIn(folder), []);
      Deno.writeTextFileSync(lockIn(folder), earlier);
      assertThrows(() => RunLock.claim(folder, "here"), Error, `remove ${lockIn(folder)} and try again`);
      Deno.removeSync(lockIn(folder));
    }
    const writing = join(folder, `.page.${crypto.randomUUID()}.tmp`);
    Deno.writeTextFileSync(writing, "half");
    removeTemporary(folder);
    assertEquals(filesIn(folder), [basename(writing)]);
  });
});

Deno.test("lock: a run on a file system without locks, features on disk too, leaves what another leaves", async () => {
  const left: string[][] = [];
  const run = async (name: string) => {
    const cache = problem.path(`cache of ${name}`);
    const sets = "epochs=2 views=fresh featureBank=disk";
    const { code, err } = await everyclass(["finetune", ...problem.flags(name, sets)], undefined, cache);
    assertEquals(code, 0, err);
    const kept = filesIn(join(cache, "features")).flatMap((key) => filesIn(join(cache, "features", key)));
    left.push([...filesIn(problem.path(name)), ...kept]);
  };
  await run("with locks");
  await withoutLocks(() => run("without locks"));
  assertEquals(left[1], left[0]);
});

Deno.test("lock: runs that begin at the same moment get folders of their own, and a named folder goes to one of them", async () => {
  const root = newFolder();
  const apart = Array.from({ length: 4 }, () => opener(root));
  const paths = await Promise.all(apart.map(lineOf));
  assertEquals(paths.sort(), ["run", "run-2", "run-3", "run-4"].map((name) => join(root, name)));
  const out = join(root, "named");
  const rivals = Array.from({ length: 4 }, () => opener(root, out));
  const lines = await Promise.all(rivals.map(lineOf));
  assertEquals(lines.filter((line) => line === out).length, 1, lines.join("\n"));
  assertEquals(lines.filter((line) => line.includes("is at work in it: wait")).length, 3, lines.join("\n"));
  await end(...apart, ...rivals);
});

Deno.test("lock: the claim that a whole run left when it was killed goes by --resume, which says that the run is whole", () => {
  const folder = newFolder();
  const owner = { pid: 7, host: null, started: "2026-01-01T00:00:00.000Z" };
  Deno.writeTextFileSync(lockIn(folder), JSON.stringify(owner));
  Deno.writeTextFileSync(join(folder, "summary.json"), "{}");
  Deno.writeTextFileSync(join(folder, `.report.html.${crypto.randomUUID()}.tmp`), "half");
  assertThrows(() => RunFolder.reopen(folder, "finetune"), Error, "the run in it is whole");
  assertEquals(filesIn(folder), ["summary.json"]);
});

Deno.test("lock: a new folder of a run that was killed as it began is taken over, that of a process that lives is not", async () => {
  const root = newFolder();
  const child = opener(root);
  assertEquals(await lineOf(child), join(root, "run"));
  const second = RunFolder.open("run", null, root);
  assertEquals(second.path, join(root, "run-2"));
  await end(child);
  using third = RunFolder.open("run", null, root);
  assertEquals(third.path, join(root, "run"));
  assertEquals(third.news.length, 1);
  second[Symbol.dispose]();
});

Deno.test("a second run, and a second --resume, of a folder are refused; the lock is gone after the run and after Ctrl-C", async () => {
  const cache = problem.path("cache");
  const folder = problem.path("run");
  const flags = ["finetune", ...problem.flags("run", "epochs=400 views=1")];
  const rivals: Promise<Finished>[] = [];
  const stopped = await everyclass(flags, (line, send) => {
    if (rivals.length > 0 || !line.includes("view 1 of 1")) return;
    rivals.push(everyclass(flags, undefined, cache));
    rivals.push(everyclass(["finetune", "--resume", folder], undefined, cache));
    Promise.all(rivals).then(() => send("SIGINT"));
  }, cache);
  assertEquals(stopped.code, 130, stopped.err);
  for (const rival of rivals) {
    const { code, err } = await rival;
    assertEquals(code, 1, err);
    assert(err.includes(`process ${Deno.pid}`) && err.includes("is at work in it"), err);
  }
  assert(rivals.length === 2 && !filesIn(folder).includes("run.lock"));
  const resumed = await everyclass(["finetune", "--resume", folder], undefined, cache);
  assertEquals(resumed.code, 0, resumed.err);
  assert(!filesIn(folder).includes("run.lock"));
});
