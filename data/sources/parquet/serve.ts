import { parentPort } from "node:worker_threads";
import process from "node:process";
import type { FromParquetWorker, Questions, ToParquetWorker } from "./questions.ts";

/** The answer to a question, and the parts of it that are handed over to the owner rather than copied. */
export interface Answered {
  answer: Questions[keyof Questions]["answer"];
  transfer?: ArrayBuffer[];
}

/** Answers the questions of a `ParquetReader` in its Worker, one after another. */
export function serveQuestions(answerTo: (question: ToParquetWorker) => Promise<Answered>): void {
  const tell = (message: FromParquetWorker, transfer: ArrayBuffer[] = []) =>
    parentPort!.postMessage(message, transfer);
  // An error that nobody awaits, such as one of the package's: Deno would print it beside what the owner says of it.
  process.on("uncaughtException", (error: Error) => tell({ fault: error.message }));
  parentPort!.on("message", async (question: ToParquetWorker) => {
    try {
      const { answer, transfer } = await answerTo(question);
      tell({ answer }, transfer);
    } catch (error) {
      tell({ error: error instanceof Error ? error : new Error(String(error)) });
    }
  });
}
