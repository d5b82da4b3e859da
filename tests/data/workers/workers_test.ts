// Workers as their owners have them: what is posted arrives, and what goes wrong in them is told in words.

import { assertEquals, assertThrows } from "@std/assert";
import { type MakeWorker, makeWorkersBy, startWorker } from "../../../data/workers/mod.ts";
import { sourceFiles, textOf, withoutComments } from "../../source_files.ts";
import type { Asked, Said } from "./asked_worker.ts";

const script = new URL("./asked_worker.ts", import.meta.url);

/** The first answer of a Worker, or its error. */
async function answer(asked: Asked, transfer: Transferable[] = []): Promise<Said | string> {
  const { promise, resolve } = Promise.withResolvers<Said | string>();
  const worker = startWorker<Asked, Said>(script, "asked", { onMessage: resolve, onError: resolve });
  worker.post(asked, transfer);
  try {
    return await promise;
  } finally {
    worker.terminate();
  }
}

Deno.test("workers: a message that is posted at once arrives, and what is transferred goes over whole", async () => {
  const bytes = Uint8Array.of(1, 2, 3);
  assertEquals(await answer({ twice: bytes }, [bytes.buffer]), { twice: Uint8Array.of(2, 4, 6) });
  assertEquals(bytes.length, 0);
  const shared = new Int32Array(new SharedArrayBuffer(4));
  await answer({ count: shared });
  assertEquals(shared[0], 1);
});

Deno.test("workers: an error that nothing in them catches is told, wherever it is thrown", async () => {
  assertEquals(await answer({ fault: "thrown" }), "Uncaught RangeError: thrown");
  assertEquals(await answer({ fault: "rejected" }), "Uncaught (in promise) RangeError: rejected");
  assertEquals(await answer({ fault: "later" }), "Uncaught RangeError: later");
});

Deno.test("workers: the last message of a Worker that ends itself arrives, and the process may end", async () => {
  assertEquals(await answer({ fault: "closed" }), { twice: new Uint8Array() });
});

Deno.test("workers: nothing is heard of a Worker that was ended", async () => {
  const heard: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const worker = startWorker<Asked, Said>(script, "asked", {
    onMessage: (message) => {
      heard.push(message);
      resolve();
    },
    onError: (message) => heard.push(message),
  });
  worker.post({ count: shared });
  await promise;
  worker.post({ count: shared });
  worker.terminate();
  await new Promise((r) => setTimeout(r, 50));
  assertEquals(heard, [{ count: 1 }]);
});

Deno.test("workers: another thread makes them where one was named, and what it throws is thrown", async () => {
  const made: string[] = [];
  const maker: MakeWorker = (script, name, port) => {
    made.push(`${name} ${script.href === import.meta.url}`);
    port.onmessage = ({ data }) => port.postMessage(data);
    return () => port.close();
  };
  const before = makeWorkersBy(maker);
  try {
    const { promise, resolve } = Promise.withResolvers<string>();
    const worker = startWorker<string, string>(new URL(import.meta.url), "one", {
      onMessage: resolve,
      onError: resolve,
    });
    worker.post("over there");
    assertEquals([await promise, made], ["over there", ["one true"]]);
    worker.terminate();
    makeWorkersBy(() => {
      throw new TypeError("none today");
    });
    const listener = { onMessage() {}, onError() {} };
    assertThrows(() => startWorker(script, "none", listener), TypeError, "none today");
  } finally {
    makeWorkersBy(before);
  }
});

Deno.test("workers: no Worker of the product is started but by startWorker, so that none begins late", () => {
  // The first two make them; the third takes a limit of memory, which only Workers of node:worker_threads have.
  const may = [
    "data/workers/start.ts",
    "train/cli/doors/maker.ts",
    "train/cli/doors/confined.ts",
    "data/sources/parquet/reader.ts",
  ];
  const starts = sourceFiles().filter((path) => /^(data|engine|formats|train)\/.*\.ts$/.test(path))
    .filter((path) => /\bnew Worker\(/.test(withoutComments(textOf(path))));
  assertEquals(starts.sort(), may.sort());
});
