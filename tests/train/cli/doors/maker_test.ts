// The thread that makes the Workers of a confined Worker gives them no more than that Worker has.

import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { askingFor, makeWorkersFor } from "../../../../train/cli/doors/maker.ts";
import { signalScript } from "../../../../train/terminal/interrupt.ts";
import { EncodedImages, newImageSet } from "../../../../data/mod.ts";
import { viewRecipes } from "../../../../data/augment/recipe.ts";
import { WorkerPool } from "../../../../data/loader/worker_pool.ts";
import { type MakeWorker, makeWorkersBy, startWorker } from "../../../../data/workers/mod.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** Has Workers made at the other end of a port, with these permissions, while a function runs. */
async function asking<T>(
  permissions: Deno.PermissionOptionsObject,
  use: (maker: MakeWorker) => Promise<T>,
): Promise<T> {
  const { port1, port2 } = new MessageChannel();
  makeWorkersFor(port1, permissions);
  const maker = askingFor(port2);
  const before = makeWorkersBy(maker);
  try {
    return await use(maker);
  } finally {
    makeWorkersBy(before);
    port1.close();
    port2.close();
  }
}

/** The error of a Worker that ends, or does not start. */
async function failureOf(script: URL): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const worker = startWorker(script, "refused", { onMessage: () => resolve("a message"), onError: resolve });
  try {
    return await promise;
  } finally {
    worker.terminate();
  }
}

Deno.test("maker: the Workers of a loader are made elsewhere, with the permissions of the one that asks", async () => {
  const folder = await Deno.makeTempDir();
  const files = ["allowed.jpg", "not.jpg"].map((name) => join(folder, name));
  for (const file of files) Deno.writeTextFileSync(file, "no image");
  const { labels, classNames } = newImageSet(2, 8, 8, 3, ["only"]);
  const limits = { shorter: null, maxPixels: 1e6, maxBroken: 2, cache: null };
  const fields = { files, ranges: null, labels, classNames, ...limits };
  const set = new EncodedImages({ ...fields, height: 8, width: 8, channels: 3 });
  const permissions = { read: [root, files[0]], write: false, net: false, ffi: false, run: false };
  await asking(permissions, async () => {
    const pool = new WorkerPool({ set, batch: 1, views: viewRecipes(null, 3), seed: 0 }, 1);
    pool.start(Uint32Array.of(0, 1), 0);
    const { broken } = await pool.take(0);
    assertStringIncludes(broken[0].cause, "Cannot decode an image");
    await assertRejects(() => pool.take(1), Error, "Requires read access");
    await pool.stop();
    pool.dispose();
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("maker: no module is run but those of the program's own houses", async () => {
  const elsewhere = [
    "data:text/javascript,postMessage(1)",
    "file:///etc/x.ts",
    new URL("../data/loader/worker.ts", import.meta.url),
    `${new URL("../../../../data/", import.meta.url)}../tests/data/workers/asked_worker.ts`,
    `${new URL("../../../../data/", import.meta.url)}%2e%2e/tests/data/workers/asked_worker.ts`,
  ];
  await asking({}, async () => {
    for (const script of elsewhere) {
      assertMatch(await failureOf(new URL(script)), /^Cannot start a Worker: it takes a module of this/);
    }
  });
});

Deno.test("maker: signals are listened for where Workers are made, until nobody asks any more", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await asking({}, async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const ended = new Promise<void>((resolve) => {
      const original = Deno.removeSignalListener;
      Deno.removeSignalListener = (...args) => {
        original(...args);
        if (args[0] === "SIGHUP") {
          Deno.removeSignalListener = original;
          resolve();
        }
      };
    });
    const worker = startWorker(signalScript, "signals", { onMessage: resolve, onError: resolve });
    worker.post({ heard: new Int32Array(new SharedArrayBuffer(4)), text: "" });
    assertEquals(await promise, "listens");
    worker.terminate();
    await ended;
  });
});
