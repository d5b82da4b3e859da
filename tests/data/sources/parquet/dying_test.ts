// The Worker that reads Parquet files ends by itself, amid an answer or between two: one sentence, and no wait.
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { setTimeout as delay } from "node:timers/promises";
import { ParquetReader } from "../../../../data/sources/parquet/reader.ts";

const script = new URL("./dying_worker.ts", import.meta.url);
const limits = { seconds: 60, heap: 64 };

const lives = "it takes a Worker that lives until it has read the labels, current one ended with:";
const tripped = `${lives} the package tripped: the file is likely damaged`;
const ways: [way: string, words: string][] = [
  ["throws", tripped],
  ["rejects", tripped],
  ["exits", `${lives} the exit code 3: the file is likely damaged`],
  ["fills", "it takes 60 seconds and 64 MiB for the values of a row group, current labels take more"],
];

for (const [way, words] of ways) {
  Deno.test(`a Worker that ${way} amid an answer is told of in one sentence`, async () => {
    await using reader = new ParquetReader(limits, script);
    const { message } = await assertRejects(() => reader.ask("labels", { path: `amid ${way}` }), SyntaxError);
    assertStringIncludes(message, `Cannot read amid ${way}: ${words}`);
  });

  Deno.test(`a Worker that ${way} between two answers is told of in one sentence, and the next one reads on`, async () => {
    await using reader = new ParquetReader(limits, script);
    assertEquals(await reader.ask("labels", { path: `after ${way}` }), [1, 2]);
    await delay(1500); // nobody waits for it when it ends
    const { message } = await assertRejects(() => reader.ask("labels", { path: "x" }), SyntaxError);
    assertStringIncludes(message, `Cannot read x: ${words}`);
    assertEquals(await reader.ask("labels", { path: "x" }), [1, 2]);
  });
}

Deno.test("the end of a Worker's Worker is told of as well", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const worker = new Worker(new URL("./nested_reader.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.postMessage(["after throws", "x", "amid exits"]);
  assertEquals(await promise, [
    [1, 2],
    `SyntaxError: Cannot read x: ${tripped}`,
    `SyntaxError: Cannot read amid exits: ${lives} the exit code 3: the file is likely damaged`,
  ]);
  worker.terminate();
});
