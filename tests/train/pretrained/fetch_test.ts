// Published weights are fetched from a server on this machine that cuts, stalls, redirects, and lies.

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { pretrainedFile, pretrainedFolder } from "../../../train/pretrained/pretrained.ts";
import { pretrainedNames, published, type PublishedFiles } from "../../../train/pretrained/published.ts";
import { TerminalProgress } from "../../../train/terminal/progress.ts";

/** Bytes of a made-up file, and the list that names it. */
const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7919) >> 5);
const digits = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
const file = `tiny-${digits}.pth`;
const files: PublishedFiles = {
  tiny: { network: "resnet8", weights: "IMAGENET1K_V1", file, size: bytes.length / 2 ** 20, resize: 256 },
};
const times = { stall: 200, pause: 1, tries: 4 };

/** Requests to a server on this machine, and their results. */
interface Outcome {
  /** The path and range of each request. */
  asked: string[];
  /** The file, or the error. */
  file: string | Error;
  told: string;
  cache: string;
}

type Answer = (request: { at: number; n: number; path: string }) => Response | Promise<Response>;

/** Fetches from a server that answers the n-th request so. */
async function fetchFrom(
  answer: Answer,
  { cache = Deno.makeTempDirSync(), mirror }: { cache?: string; mirror?: (origin: string) => string } = {},
): Promise<Outcome> {
  const asked: string[] = [];
  const server = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    onListen: () => {},
    onError: () => new Response(null, { status: 500 }),
  }, (request) => {
    const at = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
    const path = new URL(request.url).pathname;
    asked.push(`${path} ${at}`);
    return answer({ at, n: asked.length, path });
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  let told = "";
  const progress = new TerminalProgress({ mode: "lines", write: (text) => told += text });
  const places = { cache, mirror: mirror?.(origin) ?? `${origin}/models`, published: files, times };
  const found = await pretrainedFile("tiny", places, progress).catch((error: Error) => error);
  await server.shutdown();
  return { asked, file: found, told, cache };
}

const rest = (at: number, end = bytes.length) =>
  new Response(bytes.slice(at, end), {
    status: at > 0 ? 206 : 200,
    headers: at > 0 ? { "content-range": `bytes ${at}-${bytes.length - 1}/${bytes.length}` } : {},
  });

/** The bytes up to an end, and then a connection that breaks or says no more. */
function broken(at: number, end: number, how: "cut" | "stall"): Response {
  let sent = false;
  const body = new ReadableStream({
    pull(controller) {
      if (!sent) controller.enqueue(bytes.slice(at, end));
      else if (how === "cut") controller.error(new Error("cut"));
      else {return new Promise((resolve) => setTimeout(resolve, 400)).then(() =>
          controller.error(new Error("late"))
        );}
      sent = true;
    },
  });
  const headers = { "content-range": `bytes ${at}-${bytes.length - 1}/${bytes.length}` };
  return new Response(body, at > 0 ? { status: 206, headers } : {});
}

function isWhole({ file: path, cache }: Outcome): void {
  assertEquals(path, join(pretrainedFolder(cache), file));
  assertEquals(Deno.readFileSync(path as string), bytes);
  assertEquals([...Deno.readDirSync(pretrainedFolder(cache))].map(({ name }) => name), [file]);
}

function refused({ file: found, cache }: Outcome, cause: string): void {
  assertStringIncludes(String(found), cause);
  assertStringIncludes(String(found), `is not in ${pretrainedFolder(cache)}, and was not fetched`);
  assertStringIncludes(
    String(found),
    `and put it there, or name another place by --mirror URL or --mirror DIR`,
  );
  const left = [...Deno.readDirSync(pretrainedFolder(cache))].map(({ name }) => name);
  assertEquals(left.filter((name) => name !== `${file}.part`), []);
}

Deno.test("published weights are fetched once, checked each time, and told of", async () => {
  const first = await fetchFrom(({ at }) => rest(at));
  isWhole(first);
  assertEquals(first.asked, [`/models/${file} 0`]);
  assertStringIncludes(first.told, `later runs find it in ${pretrainedFolder(first.cache)}`);
  const { asked, told } = await fetchFrom(({ at }) => rest(at), { cache: first.cache });
  assertEquals([asked, told], [[], ""]);
  // One that was changed on the disk is fetched again.
  Deno.writeFileSync(first.file as string, bytes.toReversed());
  const again = await fetchFrom(({ at }) => rest(at), { cache: first.cache });
  isWhole(again);
  assertStringIncludes(again.told, "is damaged, so it counts as missing: its SHA-256 begins with ");
});

for (const how of ["cut", "stall"] as const) {
  Deno.test(`a connection that ${how}s is taken up where it ended`, async () => {
    const outcome = await fetchFrom(({ at, n }) => n < 3 ? broken(at, n * 60_000, how) : rest(at));
    isWhole(outcome);
    assertEquals(outcome.asked, [0, 60_000, 120_000].map((at) => `/models/${file} ${at}`));
  });

  Deno.test(`a server that ${how}s for ever is given up, and a later run goes on`, async () => {
    const outcome = await fetchFrom(({ at }) => broken(at, Math.max(at, 90_000), how));
    refused(outcome, how === "cut" ? "is not to be reached" : "sent nothing for 0.2 s");
    assertStringIncludes(String(outcome.file), "(tried 4 times)");
    assertEquals(outcome.asked.length, 4);
    const later = await fetchFrom(({ at }) => rest(at), { cache: outcome.cache });
    isWhole(later);
    assertEquals(later.asked, [`/models/${file} 90000`]);
  });
}

Deno.test("a fetch ends soon when the run is to stop, whatever the server does, and a later run goes on", async () => {
  const reason = new Error("stopped");
  for (const phase of ["stall", "pause", "lock"] as const) {
    const cache = Deno.makeTempDirSync();
    const abort = new AbortController();
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => {
      setTimeout(() => abort.abort(reason), 50);
      return phase === "stall" ? broken(0, 90_000, "stall") : new Response(null, { status: 503 });
    });
    const part = join(pretrainedFolder(cache), `${file}.part`);
    Deno.mkdirSync(pretrainedFolder(cache));
    using held = phase === "lock" ? Deno.openSync(part, { write: true, create: true }) : null;
    held?.lockSync(true);
    if (held) setTimeout(() => abort.abort(reason), 50);
    const mirror = `http://127.0.0.1:${server.addr.port}`;
    const slow = { stall: 1e6, pause: 1e6, tries: 9 };
    const places = { cache, mirror, published: files, times: slow, signal: abort.signal };
    const progress = new TerminalProgress({ mode: "quiet" });
    // With these times it would not end within the time of a test.
    assertEquals(await pretrainedFile("tiny", places, progress).catch((error) => error), reason, phase);
    held?.unlockSync();
    await server.shutdown();
    const later = await fetchFrom(({ at }) => rest(at), { cache });
    isWhole(later);
    if (phase === "stall") assertEquals(later.asked, [`/models/${file} 90000`]);
  }
});

Deno.test("a server that knows no ranges, or others than asked for, is begun with anew", async () => {
  isWhole(await fetchFrom(({ at, n }) => n === 1 ? broken(at, 60_000, "cut") : rest(0)));
  const shifted = () =>
    new Response(bytes.slice(5), { status: 206, headers: { "content-range": "bytes 5-199999/200000" } });
  isWhole(
    await fetchFrom(({ at, n }) => n === 1 ? broken(at, 60_000, "cut") : n === 2 ? shifted() : rest(at)),
  );
  isWhole(
    await fetchFrom(({ at, n }) =>
      n === 1 ? broken(at, 60_000, "cut") : n === 2 ? new Response(null, { status: 416 }) : rest(at)
    ),
  );
});

Deno.test("what an earlier run left of another file is not gone on with twice", async () => {
  const cache = Deno.makeTempDirSync();
  Deno.mkdirSync(pretrainedFolder(cache));
  for (const left of [bytes.slice(0, 80_000).reverse(), new Uint8Array(300_000)]) {
    Deno.writeFileSync(join(pretrainedFolder(cache), `${file}.part`), left);
    const outcome = await fetchFrom(({ at }) => rest(at), { cache });
    isWhole(outcome);
    Deno.removeSync(outcome.file as string);
  }
});

for (
  const [what, answer, cause] of [
    ["wrong bytes", () => new Response(bytes.toReversed()), "sends another file, its SHA-256 begins with "],
    ["more bytes than there are", () => new Response(endless()), "sends more than "],
    [
      "a length that is another file's",
      () => new Response(new Uint8Array(400_000), { headers: { "content-length": "400000" } }),
      "has another file of that name, of 400000 bytes",
    ],
    [
      "a range of a file of another length",
      ({ at }) =>
        at === 0 ? broken(0, 60_000, "cut") : new Response(bytes.slice(at), {
          status: 206,
          headers: { "content-range": `bytes ${at}-399999/400000` },
        }),
      "has another file of that name, of 400000 bytes",
    ],
    [
      "fewer bytes, and says that is all",
      () => new Response(bytes.slice(0, 199_000)),
      "has another file of that name",
    ],
    ["fewer bytes without a length", () => new Response(bytesOnce(199_000)), "ends after 199000 bytes"],
    ["that there is no such file", () => new Response("<html>", { status: 404 }), "answers 404 Not Found"],
    [
      "that it is busy, for ever",
      () => new Response(null, { status: 503 }),
      "answers 503 Service Unavailable (tried 4",
    ],
    [
      "itself as the place to go to",
      ({ path }) => new Response(null, { status: 302, headers: { location: path } }),
      "redirects in a circle",
    ],
    [
      "another host to go to, which Deno may not reach",
      () => new Response(null, { status: 302, headers: { location: "http://198.51.100.7/x.pth" } }),
      "Deno may not reach 198.51.100.7, to which 127.0.0.1:",
    ],
  ] as [string, Answer, string][]
) {
  Deno.test({
    name: `a server that sends ${what} is refused`,
    permissions: { net: ["127.0.0.1"], read: true, write: true },
    fn: async () => refused(await fetchFrom(answer), cause),
  });
}

Deno.test("a server that does not listen is not waited for as long as one that breaks off", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  const outcome = await fetchFrom(() => rest(0), { mirror: () => `http://127.0.0.1:${port}` });
  refused(outcome, `127.0.0.1:${port} is not to be reached: `);
  assertStringIncludes(String(outcome.file), "(tried 2 times)");
});

Deno.test("a redirect on the same host is followed, the range kept", async () => {
  const outcome = await fetchFrom(({ at, path, n }) =>
    path === "/models/moved"
      ? n === 2 ? broken(at, 60_000, "cut") : rest(at)
      : new Response(null, { status: 302, headers: { location: "moved" } })
  );
  isWhole(outcome);
  assertEquals(outcome.asked.map((line) => line.replace(file, "file")), [
    "/models/file 0",
    "/models/moved 0",
    "/models/file 60000",
    "/models/moved 60000",
  ]);
});

Deno.test({
  name: "a host that Deno may not reach is told with the flag that allows it, and is asked for nothing",
  permissions: { net: ["127.0.0.1"], read: true, write: true },
  fn: async () => {
    const outcome = await fetchFrom(() => rest(0), { mirror: () => "https://mirror.example/models" });
    refused(outcome, "Deno may not reach mirror.example (deno task allows download.pytorch.org alone");
    assertStringIncludes(String(outcome.file), "--allow-net=mirror.example)");
    assertEquals(outcome.asked, []);
  },
});

Deno.test("two runs at a time fetch a file once", async () => {
  const cache = Deno.makeTempDirSync();
  let count = 0;
  const slow: Answer = async ({ at }) => {
    count++;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return rest(at);
  };
  const [one, two] = await Promise.all([fetchFrom(slow, { cache }), fetchFrom(slow, { cache })]);
  isWhole(one);
  isWhole(two);
  assertEquals(count, 1);
});

Deno.test("a folder as a mirror holds the file itself, which is checked and stays there", async () => {
  const folder = Deno.makeTempDirSync();
  const from = () => fetchFrom(() => rest(0), { mirror: () => folder });
  assertStringIncludes(String((await from()).file), `current one is not in ${folder}: put it there`);
  Deno.writeFileSync(join(folder, file), bytes.slice(1000));
  assertStringIncludes(String((await from()).file), `in ${folder} is another, it has 199000 bytes`);
  Deno.writeFileSync(join(folder, file), bytes);
  const { file: found, asked, cache } = await from();
  assertEquals([found, asked], [join(folder, file), []]);
  assertEquals([...Deno.readDirSync(cache)], []);
});

Deno.test({
  name: "without a network the sentence names the file, its address and the folder to put it in",
  permissions: { read: true, write: true, net: false },
  fn: async () => {
    const cache = Deno.makeTempDirSync();
    const progress = new TerminalProgress({ mode: "quiet" });
    const { message } = await assertRejects(
      () => pretrainedFile("resnet18", { cache, mirror: null }, progress),
      Error,
    );
    assertStringIncludes(
      message,
      "Cannot take pretrained resnet18: it takes the file resnet18-f37072fd.pth (44.661 MiB)",
    );
    assertStringIncludes(message, `is not in ${pretrainedFolder(cache)}`);
    assertStringIncludes(
      message,
      "fetch https://download.pytorch.org/models/resnet18-f37072fd.pth by other means and put it there",
    );
  },
});

Deno.test("each published file carries digits of its SHA-256 and is of the network of its name", () => {
  for (const name of pretrainedNames) {
    const { file, network, size } = published[name];
    assertEquals(/^([a-z0-9_]+)-[0-9a-f]{8}\.pth$/.exec(file)?.[1], network);
    assertEquals(name.replace("-v2", ""), network);
    assertEquals(size > 40 && size < 250, true);
  }
});

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(bytes) });
}

/** The first bytes as a stream, whose length a server does not tell. */
function bytesOnce(count: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.slice(0, count));
      controller.close();
    },
  });
}
