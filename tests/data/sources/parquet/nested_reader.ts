/// <reference lib="deno.worker" />
// A ParquetReader in a thread of its own, as a run has it: asks for labels of two files, and tells what it heard.
import { ParquetReader } from "../../../../data/sources/parquet/reader.ts";

self.onmessage = async ({ data: paths }: MessageEvent<string[]>) => {
  await using reader = new ParquetReader(
    { seconds: 60, heap: 64 },
    new URL("./dying_worker.ts", import.meta.url),
  );
  const heard: unknown[] = [];
  for (const path of paths) {
    heard.push(await reader.ask("labels", { path }).catch(({ name, message }) => `${name}: ${message}`));
  }
  self.postMessage(heard);
};
