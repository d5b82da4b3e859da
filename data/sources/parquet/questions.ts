import type { ParquetFile } from "./file.ts";

/** The facts of a file that the Worker answers when it opens the file. */
export type ParquetFacts = Pick<ParquetFile, "path" | "classNames" | "image" | "label" | "groups">;

/** Requests to the Worker and its answers, by kind. */
export interface Questions {
  open: { ask: { path: string }; answer: ParquetFacts };
  labels: { ask: { path: string }; answer: (number | null)[] };
  images: { ask: { path: string; group: number }; answer: Uint8Array[] };
}

/** Messages to the Worker. */
export type ToParquetWorker = { [Q in keyof Questions]: { kind: Q } & Questions[Q]["ask"] }[keyof Questions];

/** Messages from the Worker; a fault is an error beside all questions, after which the Worker is of no use. */
export type FromParquetWorker =
  | { answer: Questions[keyof Questions]["answer"] }
  | { error: Error }
  | { fault: string };
