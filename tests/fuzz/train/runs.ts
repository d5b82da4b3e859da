// The folder of a whole run, as `compare` reads it, and the files of features and tables that users name.
import { join } from "node:path";
import { readRun } from "../../../train/compare/run_record.ts";
import { readRecalls } from "../../../train/compare/recalls.ts";
import { costsOfCsv } from "../../../train/decision/costs.ts";
import type { Format } from "../format.ts";
import { JSON_WORDS } from "../formats/safetensors.ts";

const metrics = { mean: 1, gmean: 1, hmean: 1, lowest: 1, zeroRecall: 0, many: 1, medium: null, few: 2 };
const encode = (text: string) => new TextEncoder().encode(text);

/** Summaries. */
export async function summary(folder: string): Promise<Format> {
  await Deno.writeTextFile(join(folder, "config.yaml"), "epochs: 3\n");
  return {
    few: 1000,
    many: 100_000,
    errors: [SyntaxError, TypeError],
    words: [...JSON_WORDS, '"seed":', '"after":', '"before":null,', '"date":"2020-01-01T00:00:00Z",'],
    path: folder,
    make: (draw) => ({
      bytes: encode(
        JSON.stringify({
          date: "2020-01-01T00:00:00Z",
          seed: draw.below(9),
          before: metrics,
          after: metrics,
        }),
      ),
    }),
    async read(bytes) {
      await Deno.writeFile(join(folder, "summary.json"), bytes);
      return await readRun(folder);
    },
    agrees: (value, bytes) =>
      (value as { seed: unknown }).seed === (JSON.parse(new TextDecoder().decode(bytes)).seed ?? null)
        ? null
        : "another seed",
  };
}

const CSV_WORDS = [
  ",",
  '"',
  '""',
  "\n",
  "\r\n",
  ";",
  "1e999",
  "-1",
  "x",
  "\0",
  "1,2,3\n",
  '","',
  "a",
  "class",
  "recall",
];

/** Recalls of a run. */
export function recalls(folder: string): Promise<Format> {
  return Promise.resolve({
    few: 1000,
    many: 100_000,
    errors: [SyntaxError, TypeError],
    words: CSV_WORDS,
    path: folder,
    make: (draw) => ({
      bytes: encode(
        `class,name,train_images,before,after\n${
          draw.list(3, (i) => `${i},"a b",${draw.below(99)},1,${draw.below(99)}\n`).join("")
        }`,
      ),
    }),
    async read(bytes) {
      await Deno.writeFile(join(folder, "recalls.csv"), bytes);
      return await readRecalls(folder);
    },
  });
}

/** Costs of mistakes. */
export const costs: Format = {
  few: 1000,
  many: 100_000,
  errors: [SyntaxError, RangeError],
  words: CSV_WORDS,
  make: (draw) => ({
    bytes: encode(
      ["a,b,c", ...draw.list(3, () => draw.list(3, () => draw.below(9)).join(","))].slice(1).join("\n"),
    ),
  }),
  read: (bytes) => costsOfCsv(new TextDecoder().decode(bytes), ["a", "b", "c"]),
  agrees: (value) =>
    [...value as Float64Array].every((cost) => cost >= 0 && cost < Infinity) ? null : "costs below 0",
};
