// The Worker of a ParquetReader: answers one question after another.
import { parentPort } from "node:worker_threads";
import { ParquetFile } from "./file.ts";
import type { FromParquetWorker, Questions, ToParquetWorker } from "./questions.ts";

const files = new Map<string, ParquetFile>();

parentPort!.on("message", async (question: ToParquetWorker) => {
  try {
    const answer = await answerTo(question);
    // Handed over rather than copied; several images may be in one buffer.
    const buffers = question.kind === "images"
      ? (answer as Uint8Array<ArrayBuffer>[]).map((image) => image.buffer)
      : [];
    tell({ answer }, [...new Set(buffers)]);
  } catch (error) {
    tell({ error: error instanceof Error ? error : new Error(String(error)) });
  }
});

async function answerTo(
  question: ToParquetWorker,
): Promise<Questions[keyof Questions]["answer"]> {
  const file = files.get(question.path) ?? await ParquetFile.open(question.path);
  files.set(question.path, file);
  switch (question.kind) {
    case "open": {
      const { path, classNames, image, label, groups } = file;
      return { path, classNames, image, label, groups };
    }
    case "labels":
      return await file.labels();
    case "images":
      return await file.images(question.group);
  }
}

function tell(message: FromParquetWorker, transfer: ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, transfer);
}
