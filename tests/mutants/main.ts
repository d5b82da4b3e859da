// Changes one operator or number after another in the files of targets.ts, in a copy of the tree, and tells which changes
// the files' tests do not notice. Exits 1 where there is such a change.
import { randomLcg } from "d3-random";
import { readOptions } from "../../bench/command_line.ts";
import { textOf } from "../source_files.ts";
import { Copy, type Outcome } from "./copy.ts";
import { isEquivalent } from "./equivalent.ts";
import { changed, type Mutant, placeOf } from "./mutant.ts";
import { mutantsOf, type Target, TARGETS } from "./targets.ts";

/** Tests may take this many times what they take without a change, and the seconds on top. */
const TIMES_AS_LONG = 5;
const SECONDS_MORE = 30;

/** Time that tests may take without a change. */
const SECONDS_AT_MOST = 600;

/** A mutant with the tests that have to catch it. */
interface Task {
  target: Target;
  mutant: Mutant;
}

const { files, seed, sample, jobs } = readOptions({
  name: "test:mutants",
  call: "deno task test:mutants",
  about: "Change operators and numbers one at a time, and tell which changes no test notices",
  example: "--files data/sampling --sample 20",
  flags: {
    files: { value: "PART", about: "only files whose path has this in it; default all of the table" },
    seed: { value: "N", about: "seed of the drawn mutants; default 0" },
    sample: { value: "N", about: "draw this many mutants; default all" },
    jobs: { value: "N", about: "mutants to test side by side; default 2" },
    help: { value: null, about: "print this and stop" },
  },
}, (given) => ({
  files: given.text("files") ?? "",
  seed: given.whole("seed", 0) ?? 0,
  sample: given.whole("sample", 1) ?? Infinity,
  jobs: given.whole("jobs", 1) ?? 2,
}));

const all = tasks();
const chosen = drawn(all, sample, seed);
console.log(`${chosen.length} of ${all.length} mutants`);
const survivors = await survivorsOf(chosen);
console.log(`${chosen.length - survivors.length} of ${chosen.length} mutants were caught`);
for (const { mutant } of survivors) console.log(`survived: ${describe(mutant)}`);
Deno.exit(survivors.length > 0 ? 1 : 0);

/** The mutants of the files asked for, without those that change nothing. */
function tasks(): Task[] {
  return TARGETS.flatMap((target) =>
    target.files.filter((file) => file.includes(files)).flatMap((file) => {
      const text = textOf(file);
      const mutants = mutantsOf(file, text).filter((mutant) => !isEquivalent(text, mutant));
      return mutants.map((mutant) => ({ target, mutant }));
    })
  );
}

/** Some of the tasks, in their order. */
function drawn(tasks: Task[], count: number, seed: number): Task[] {
  const random = randomLcg(seed);
  const order = tasks.map((task) => ({ task, key: random() })).toSorted((a, b) => a.key - b.key);
  const taken = new Set(order.slice(0, count).map(({ task }) => task));
  return tasks.filter((task) => taken.has(task));
}

async function survivorsOf(tasks: Task[]): Promise<Task[]> {
  const survivors: Task[] = [];
  const queue = [...tasks];
  const suites = new Map<Target, Promise<Timed[]>>();
  await Promise.all(Array.from({ length: Math.min(jobs, tasks.length) }, async () => {
    await using copy = await Copy.make();
    for (let task = queue.shift(); task; task = queue.shift()) {
      const { target, mutant } = task;
      if (!suites.has(target)) suites.set(target, suiteOf(target, copy));
      const suite = await suites.get(target)!;
      const text = textOf(mutant.file);
      await copy.write(mutant.file, changed(text, mutant));
      const { passed, late, seconds } = await outcomeOf(suite, target.filter, copy);
      await copy.write(mutant.file, text);
      if (passed) survivors.push(task);
      const how = passed ? "SURVIVED" : late ? "caught by the time" : "caught";
      console.log(`${how} (${seconds.toFixed(1)} s) ${describe(mutant)}`);
    }
  }));
  return survivors;
}

/** A test file and the seconds that it may take. */
interface Timed {
  file: string;
  limit: number;
}

/** The test files of a target, the fastest first: it catches most mutants. @throws {Error} when one fails without a change. */
async function suiteOf({ tests, filter }: Target, copy: Copy): Promise<Timed[]> {
  const suite: Timed[] = [];
  for (const file of tests) {
    const { passed, seconds, said } = await copy.test(file, filter, SECONDS_AT_MOST);
    if (!passed) throw new Error(`Cannot test mutants: ${file} fails without a change: ${said.slice(-2000)}`);
    suite.push({ file, limit: TIMES_AS_LONG * seconds + SECONDS_MORE });
  }
  return suite.toSorted((a, b) => a.limit - b.limit);
}

/** Runs one test file after another, until one fails. */
async function outcomeOf(
  suite: Timed[],
  filter: string | undefined,
  copy: Copy,
): Promise<Omit<Outcome, "said">> {
  let seconds = 0;
  for (const { file, limit } of suite) {
    const outcome = await copy.test(file, filter, limit);
    seconds += outcome.seconds;
    if (!outcome.passed) return { ...outcome, seconds };
  }
  return { passed: true, late: false, seconds };
}

function describe(mutant: Mutant): string {
  const { line, code, change, nth } = placeOf(textOf(mutant.file), mutant);
  return `${mutant.file}:${line} ${change} (${nth}) in ${code}`;
}
