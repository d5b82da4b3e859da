// The wait for room, a folder that is gone, and what a write that fails leaves, whatever the reason.

import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import {
  explain,
  needHandles,
  NO_HANDLES,
  PATIENCE,
  persist,
  prepareFile,
  UnwrittenError,
  waitingForRoom,
  writeAll,
  writeWhole,
} from "../../../data/disk/mod.ts";
import { temporaryFolder } from "../helpers.ts";
import { timeless, withFullDisk } from "./full_disk.ts";

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

/** The words of the system, with their error's class, and those of the program. */
const FAULTS: [string, RegExp][] = [
  ["Read-only file system (os error 30): open 'x'", /^the disk can only be read: take a folder on another/],
  ["File too large (os error 27)", /^no file may be that large here: raise the limit by ulimit -f unlimited/],
  ["File name too long (os error 36): open 'x'", /^its path is too long: take a shorter name/],
  [
    "Too many open files (os error 24): open 'x'",
    /ulimit -n tells how many\): raise the limit by ulimit -n 4096/,
  ],
  ["Quota exceeded (os error 122)", /^the disk is full: make room/],
  ["Input/output error (os error 5)", /^Input\/output error/],
];

Deno.test("a write that fails half way leaves the earlier file and no half one, in one sentence", async () => {
  const { open } = Deno;
  for (const [told, words] of FAULTS) {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "file");
    await writeWhole(path, "before");
    Deno.open = async (path, options) => {
      const file = await open(path, options);
      const write = file.write.bind(file);
      let calls = 0;
      file.write = (bytes) => calls++ === 0 ? write(bytes.subarray(0, 3)) : Promise.reject(new Error(told));
      return file;
    };
    try {
      const { message } = await assertRejects(() => writeWhole(path, "afterwards"), UnwrittenError);
      assertEquals(message.startsWith(`Cannot write ${path}: `), true);
      assertEquals(words.test(message.slice(`Cannot write ${path}: `.length)), true, message);
      assertEquals(message.includes("\n"), false);
    } finally {
      Deno.open = open;
    }
    assertEquals(namesIn(folder.path), ["file"]);
    assertEquals(Deno.readTextFileSync(path), "before");
  }
});

Deno.test("a command waits for room and is told so; a file that is no loss is not waited for", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  const told: string[] = [];
  let isFull = true;
  const patience = timeless((n) => isFull = n < 60);
  using _writer = waitingForRoom({ tell: (text) => void told.push(text), patience });
  const disk = (write: () => Promise<void>) => withFullDisk(() => isFull, write);
  await assertRejects(() => disk(() => writeWhole(path, "text", { wait: false })), UnwrittenError, "full");
  assertEquals([patience.ms, told], [0, []]);
  await disk(() => writeWhole(path, "text"));
  assertEquals(patience.ms, 600_000);
  assertEquals(told.length, 2);
  assertStringIncludes(
    told[0],
    `The disk is full: cannot write ${path}; trying again every 10 s for 10 minutes`,
  );
  assertEquals(told[1], `There is room again: ${path} is written`);
  assertEquals(Deno.readTextFileSync(path), "text");
});

Deno.test("a wait ends after its time, or at once with the reason of the signal", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  for (const stopAt of [Infinity, 1]) {
    const [stop, reason] = [new AbortController(), new Error("stopped")];
    const patience = timeless((n) => n === stopAt && stop.abort(reason));
    using _writer = waitingForRoom({ tell: () => {}, signal: stop.signal, patience });
    const { message, cause } = await assertRejects(
      () => withFullDisk(() => true, () => writeWhole(path, "text")),
      UnwrittenError,
    );
    assertEquals(
      message,
      `Cannot write ${path}: the disk is full: make room, or take a folder on another disk`,
    );
    assertEquals([cause, patience.ms], stopAt === 1 ? [reason, 10_000] : [undefined, 600_000]);
    assertEquals(namesIn(folder.path), []);
  }
});

Deno.test("a command that has given up a wait tries each of its last files once; the next command waits again", async () => {
  await using folder = await temporaryFolder();
  const [path, other, last] = ["file", "other", "last"].map((name) => join(folder.path, name));
  const patience = timeless();
  const command = () => waitingForRoom({ tell: () => {}, patience });
  const isFull = (path: string) => !path.includes("last");
  const write = (path: string) => withFullDisk(isFull, () => writeWhole(path, "text"));
  {
    using _writer = command();
    for (const file of [path, other]) await assertRejects(() => write(file), UnwrittenError, "full");
    assertEquals(patience.ms, 600_000);
    await write(last);
    assertEquals(namesIn(folder.path), ["last"]);
  }
  using _writer = command();
  await assertRejects(() => write(path), UnwrittenError, "full");
  assertEquals(patience.ms, 1_200_000);
});

Deno.test("two waits at a time end with the first that is given up", async () => {
  await using folder = await temporaryFolder();
  const [path, other] = ["file", "other"].map((name) => join(folder.path, name));
  // Each sleeps until all that wait are asleep: so they take turns, however long a try takes.
  let [ms, waits, sleeps]: [number, number, (() => void)[]] = [0, 0, []];
  const wake = () => {
    if (sleeps.length >= waits) sleeps.splice(0).forEach((end) => end());
  };
  const wait = async (path: string) => {
    waits++;
    await assertRejects(() => writeWhole(path, "text"), UnwrittenError, "full");
    waits--;
    wake();
  };
  let later: Promise<void> | null = null;
  const sleep = (more: number) => {
    ms += more;
    if (ms === 300_000) later = wait(other);
    const { promise, resolve } = Promise.withResolvers<void>();
    sleeps.push(resolve);
    wake();
    return promise;
  };
  using _writer = waitingForRoom({ tell: () => {}, patience: { ...PATIENCE, sleep } });
  await withFullDisk(() => true, async () => {
    await wait(path);
    await later;
  });
  // 600 s of the one; of the other as long as the one had left, and perhaps one sleep more.
  assert(ms >= 900_000 && ms <= 920_000, `${ms}`);
});

Deno.test("bytes of an open file that find room for a part go on behind that part", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "rows");
  using file = await Deno.open(path, { write: true, create: true });
  const write = file.write.bind(file);
  let calls = 0;
  file.write = (bytes) => {
    if (++calls === 2) return Promise.reject(new Error("No space left on device (os error 28)"));
    return write(bytes.subarray(0, 3));
  };
  using _writer = waitingForRoom({ tell: () => {}, patience: timeless() });
  await writeAll(file, new TextEncoder().encode("0123456789"), path);
  assertEquals([Deno.readTextFileSync(path), calls], ["0123456789", 5]);
});

Deno.test("a folder that is gone is made again, once, and that is told; a file in its place is in the way", async () => {
  await using folder = await temporaryFolder();
  const [path, told] = [join(folder.path, "deep/er/file"), [] as string[]];
  using _writer = waitingForRoom({ tell: (text) => void told.push(text), patience: timeless() });
  await writeWhole(path, "text");
  assertEquals(told, [`The folder ${join(folder.path, "deep/er")} was gone: it is made again`]);
  let tries = 0;
  const never = () => Promise.reject(new Deno.errors.NotFound(`${++tries}`));
  await assertRejects(() => persist(path, never), UnwrittenError, "the folder is gone");
  assertEquals(tries, 2);
  Deno.removeSync(join(folder.path, "deep"), { recursive: true });
  Deno.writeTextFileSync(join(folder.path, "deep"), "mine");
  await assertRejects(() => writeWhole(path, "text"), UnwrittenError, "a file of that name is in the way");
  assertEquals(Deno.readTextFileSync(join(folder.path, "deep")), "mine");
});

Deno.test("names as long as a system takes are written, longer ones are refused before any work", async () => {
  await using folder = await temporaryFolder();
  for (const name of ["x".repeat(255), "😀".repeat(63), "two\nlines 😀's", " "]) {
    const path = join(folder.path, name);
    prepareFile(path)[Symbol.dispose]();
    await writeWhole(path, "text");
    assertEquals(Deno.readTextFileSync(path), "text");
  }
  for (const path of ["x".repeat(256), `${"deep/".repeat(900)}file`]) {
    assertThrows(() => prepareFile(join(folder.path, path)), Error, "its path is too long");
  }
  assertEquals(namesIn(folder.path).filter((name) => name.endsWith(".tmp")), []);
});

Deno.test("too few files that can still be opened are told with the limit and the command that raises it", {
  ignore: Deno.build.os === "windows", // it has no such limit
}, () => {
  needHandles(20);
  const { message } = assertThrows(() => needHandles(3_000_000), Error);
  assertEquals(
    /^Cannot go on with \d+ files that can still be opened, it takes 3000000: /.test(message),
    true,
  );
  assertStringIncludes(message, NO_HANDLES);
  assertEquals(explain(new Error("Too many open files (os error 24)"), "x"), NO_HANDLES);
});
