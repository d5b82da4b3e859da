// Decodes a file in a Worker, as loaders do, when it is told to; library_test.ts runs it with different permissions.
/// <reference lib="deno.worker" />
import { decodeImage } from "../../../data/decode/mod.ts";
import fixture from "../../fixtures/data/decode.json" with { type: "json" };

const isWorker = "WorkerGlobalScope" in globalThis;

if (isWorker) {
  const bytes = Uint8Array.fromBase64(fixture.cases[0].file);
  try {
    const { height, width } = await decodeImage(bytes, { shorter: null, maxPixels: 1000 });
    self.postMessage(`${width} x ${height}`);
  } catch (error) {
    self.postMessage((error as Error).message);
  }
} else if (Deno.args.includes("decode")) {
  const worker = new Worker(import.meta.url, { type: "module" });
  worker.onmessage = ({ data }) => {
    console.log(data);
    worker.terminate();
  };
} else {
  console.log("nothing to decode");
}
