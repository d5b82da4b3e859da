import type { ParquetFile } from "./file.ts";

/** What is told of a file when it is opened. */
export type ParquetFacts = Pick<ParquetFile, "path" | "classNames" | "image" | "label" | "groups">;

/** What the Worker is asked for, and what it answers. */
export interface Questions {
  open: { ask: { path: string }; answer: ParquetFacts };
  labels: { ask: { path: string }; answer: (number | null)[] };
  images: { ask: { path: string; group: number }; answer: Uint8Array[] };
}

/** To the Worker. */
export type ToParquetWorker = { [Q in keyof Questions]: { kind: Q } & Questions[Q]["ask"] }[keyof Questions];

/** From the Worker. */
export type FromParquetWorker = { answer: Questions[keyof Questions]["answer"] } | { error: Error };
