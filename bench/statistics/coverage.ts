// Measures how often the 95 % intervals of train/statistics hold the true number, over simulated test sets:
//
//   deno run --allow-read --allow-env bench/statistics/coverage.ts [--sims N] [--seed N] [--shape TEXT] ...

import { HELP, readOptions } from "../command_line.ts";
import { SECOND_MODELS, SHAPES } from "./shapes.ts";
import { type Entry, Table } from "./table.ts";
import { CALIBRATIONS, TABLES } from "./trials.ts";
import type { Job } from "./worker.ts";

/** Trials that a worker makes at a time. */
const PORTION = 10;

/** Seeds of one kind of trials lie this far from those of the next. */
const SEEDS_OF_KIND = 10_000;

const options = readOptions(
  {
    name: "coverage",
    call: "deno run --allow-read --allow-env bench/statistics/coverage.ts",
    about: "Count how often the 95 % intervals hold the true number, over simulated test sets.",
    flags: {
      sims: { value: "N", about: `test sets of each kind, at most ${SEEDS_OF_KIND} (300)` },
      draws: { value: "N", about: "draws of each interval (400; a run takes 1000)" },
      seed: { value: "N", about: "seed of the test sets (1)" },
      shape: { value: "TEXT", about: "only kinds of test sets with this in their name, or calibration" },
      second: {
        value: "TEXT",
        about: "only second models with this in their name, or none: one model alone",
      },
      workers: { value: "N", about: "workers that share the trials (2)" },
      ...HELP,
    },
    example: '--sims 100 --shape "8 x"',
  },
  (given) => ({
    sims: Math.min(SEEDS_OF_KIND, given.whole("sims", 1) ?? 300),
    draws: given.whole("draws", 100) ?? 400,
    seed: given.whole("seed", 0) ?? 1,
    shape: given.text("shape") ?? "",
    second: given.text("second") ?? "",
    workers: given.whole("workers", 1) ?? 2,
  }),
);

function jobsOf({ sims, draws, seed, shape: wanted, second }: typeof options): Job[] {
  const seconds = [null, ...Object.keys(SECOND_MODELS)].filter((name) => (name ?? "none").includes(second));
  const kinds = SHAPES.flatMap(({ name }, shape) =>
    name.includes(wanted) ? seconds.map((second) => ({ shape: name, second, place: shape })) : []
  );
  const calibrations = "calibration".includes(wanted)
    ? [100, 1000, 10_000].flatMap((images) =>
      Object.keys(CALIBRATIONS).map((calibration) => ({ calibration, images, place: SHAPES.length }))
    )
    : [];
  return [...kinds, ...calibrations].flatMap((kind) =>
    Array.from({ length: Math.ceil(sims / PORTION) }, (_, portion): Job => {
      const from = (seed * 100 + kind.place) * SEEDS_OF_KIND + portion * PORTION;
      const length = Math.min(PORTION, sims - portion * PORTION);
      return { ...kind, draws, seeds: Array.from({ length }, (_, i) => from + i) };
    })
  );
}

/** Has workers do the jobs; entries come in the order of the jobs. */
async function run(jobs: readonly Job[], workers: number): Promise<Entry[][]> {
  const results: Entry[][] = [];
  let next = 0;
  await Promise.all(Array.from({ length: workers }, async () => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    while (next < jobs.length) {
      const place = next++;
      results[place] = await new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
        worker.postMessage(jobs[place]);
      });
    }
    worker.terminate();
  }));
  return results;
}

const tables = new Map<string, Table>(TABLES.map((name) => [name, new Table()]));
for (const entries of await run(jobsOf(options), options.workers)) {
  for (const entry of entries) tables.get(entry.table)!.add(entry);
}
console.log(
  `${options.sims} test sets of each kind, seed ${options.seed}, ${options.draws} draws; per cent of the intervals ` +
    "that hold the true number\n",
);
for (const [head, table] of tables) if (table.rows.size) console.log(table.text(head) + "\n");
