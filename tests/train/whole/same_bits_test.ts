// The same bits from every process, and with any number of Workers that feed it. Interruptions: crash_test.ts and signals_test.ts.

import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { parseSafetensors } from "../../../engine/mod.ts";
import { tensorDigest } from "../../../train/machine/digest.ts";
import { WholeRuns } from "./whole_run.ts";

const runs = new WholeRuns();

/** The numbers that a run leaves. */
async function numbersOf(name: string, workers: number) {
  const words = runs.firstWords(name, [`workers=${workers}`]);
  const child = runs.spawn("crash_main.ts", [runs.path(name, "cache"), "", ...words]);
  const err = await new Response(child.stderr).text();
  assertEquals((await child.status).code, 0, err);
  await child.stdin.close().catch(() => {});
  const files = [...runs.left(name)].filter(([path]) => /\.f32$|recalls\.csv$|metrics\.csv$/.test(path));
  const weights = (path: string) => {
    const { state } = parseSafetensors(Deno.readFileSync(path));
    return tensorDigest([...state].map(([name, { data }]) => [name, data]));
  };
  const { before, after, ensemble } = JSON.parse(Deno.readTextFileSync(runs.path(name, "run/summary.json")));
  return {
    files,
    metrics: { before, after, ensemble },
    checkpoint: weights(runs.path(name, "run/checkpoint.safetensors")),
    stage1: [...Deno.readDirSync(runs.path(name, "cache/stage1"))].map(({ name: file }) =>
      weights(join(runs.path(name, "cache/stage1"), file))
    ),
  };
}

Deno.test("same bits: two processes, and 1, 2 and 4 Workers, come to the same features, weights and metrics", async () => {
  const expected = await numbersOf("one-worker", 1);
  assertEquals([expected.files.length, expected.stage1.length], [5, 1]);
  assertEquals(await numbersOf("one-worker-again", 1), expected);
  for (const workers of [2, 4]) assertEquals(await numbersOf(`workers-${workers}`, workers), expected);
});
