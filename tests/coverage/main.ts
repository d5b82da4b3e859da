// Runs tests, tells the share of the product's lines that they ran, and exits 1 below 90 %.
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../../deno.json" with { type: "json" };
import { readOptions } from "../../bench/command_line.ts";
import { repository, sourceFiles } from "../source_files.ts";
import { type Lines, linesOf, shareOf } from "./lcov.ts";

/** Share of the lines that tests have to run. */
const LEAST = 0.9;

/** Hostile files have to be done with within a time, which counting lines stretches. */
const BY_TIME = new Set(["tests/fuzz/fuzz_test.ts", "tests/fuzz/cases_test.ts"]);

/** Files that are listed, those with the smallest share. */
const LISTED = 15;

/** The product's own code. */
const PRODUCT = /^(data|engine|formats|train)\/.*\.ts$/;

const { files, into, tests } = readOptions({
  name: "test:coverage",
  call: "deno task test:coverage",
  operands: "TEST ...",
  about:
    "Run the tests, or those of the given files, and tell the share of the product's lines that they ran",
  example: "--files data/sampling tests/data/sampling",
  flags: {
    files: { value: "PART", about: "count only files whose path has this in it; default all of the product" },
    into: {
      value: "DIR",
      about: "keep what was measured in this folder, and count what earlier runs kept there too",
    },
    help: { value: null, about: "print this and stop" },
  },
}, (given) => ({ files: given.text("files") ?? "", into: given.text("into"), tests: given.operands }));

const folder = into ?? await Deno.makeTempDir({ prefix: "coverage" });
try {
  // `deno test` empties the folder that it is given.
  const part = join(folder, crypto.randomUUID());
  const passed = await run([
    ...manifest.tasks.test.command.split(" "),
    ...["--no-check", `--coverage=${part}`, "--coverage-raw-data-only"],
    ...testsIn(tests.length > 0 ? tests : ["tests"]),
  ]);
  removeHalf(part);
  const told = await run(["deno", "coverage", "--lcov", `--output=${part}.lcov`, part]);
  if (!told) throw new Error("Cannot measure the coverage: deno coverage failed");
  await Deno.remove(part, { recursive: true });
  const reports = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".lcov"));
  const all = reports.map(({ name }) => Deno.readTextFileSync(join(folder, name))).join("\n");
  const enough = tell(counted(linesOf(all)));
  if (!passed) console.log("Tests failed; the lines that they ran are counted");
  Deno.exitCode = enough && passed ? 0 : 1;
} finally {
  if (!into) await Deno.remove(folder, { recursive: true });
}

/** Files of tests that are given, or are in folders that are. Named one by one, as `--ignore` is not heard beside files. */
function testsIn(given: readonly string[]): string[] {
  const paths = given.map((path) => path.replace(/\/$/, ""));
  const isGiven = (file: string) => paths.some((path) => file === path || file.startsWith(`${path}/`));
  const found = sourceFiles().filter((file) =>
    file.endsWith("_test.ts") && isGiven(file) && !BY_TIME.has(file)
  );
  if (found.length === 0) throw new Error(`Cannot measure the coverage: no tests are in ${given.join(" ")}`);
  return found;
}

/** Removes what a process left that was killed, as some tests do, while it wrote what it ran. */
function removeHalf(part: string): void {
  for (const { name } of Deno.readDirSync(part)) {
    const path = join(part, name);
    try {
      JSON.parse(Deno.readTextFileSync(path));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      Deno.removeSync(path);
    }
  }
}

/** Runs a command line that may begin with variables. @returns whether it succeeds. */
async function run(words: string[]): Promise<boolean> {
  const at = words.indexOf("deno");
  const env = Object.fromEntries(words.slice(0, at).map((word) => word.split("=") as [string, string]));
  const args = words.slice(at + 1);
  return (await new Deno.Command(Deno.execPath(), { args, env, cwd: repository }).spawn().status).success;
}

/** The product's files, by their paths in the repository. */
function counted(found: Lines[]): Lines[] {
  return found.map(({ file, ...lines }) => ({ file: relative(repository, pathOf(file)), ...lines }))
    .filter(({ file }) => PRODUCT.test(file) && file.includes(files));
}

function pathOf(file: string): string {
  return file.startsWith("file:") ? fileURLToPath(file) : file;
}

/** Prints the shares. @returns whether enough lines were run. */
function tell(found: Lines[]): boolean {
  const share = shareOf(found);
  const least = found.toSorted((a, b) => a.run / a.all - b.run / b.all).slice(0, LISTED);
  for (const { file, run, all } of least) console.log(`${percent(run / all)} of ${all} lines  ${file}`);
  const loaded = new Set(found.map(({ file }) => file));
  const all = sourceFiles().filter((file) => PRODUCT.test(file) && file.includes(files));
  const left = all.filter((file) => !loaded.has(file));
  if (left.length > 0) console.log(`${left.length} files have no lines to run, or no test loads them`);
  const sums = found.reduce(([run, all], lines) => [run + lines.run, all + lines.all], [0, 0]);
  console.log(`${percent(share)} of the lines were run (${sums[0]} of ${sums[1]})`);
  if (share < LEAST) console.log(`The tests run less than ${percent(LEAST)} of the lines`);
  return share >= LEAST;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
