// Hostile files of every format that is read: each ends in an error of the product or gives what it says, within a second
// and within eight times its bytes and 64 MiB. `deno task test:fuzz` reads more of them; `--format`, `--seed` and `--from`
// and `--inputs` choose them.

import { assertEquals } from "@std/assert";
import { campaign, type Outcome } from "./campaign/campaign.ts";
import type { Format } from "./format.ts";
import { inputOf } from "./campaign/reading.ts";
import { FORMATS, openFormat } from "./table.ts";

/** The text behind a flag of these tests' own. */
function flag(name: string): string | null {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? null : Deno.args[at + 1];
}

const whole = Deno.args.includes("--many");
const only = flag("format")?.split(",");
const seed = Number(flag("seed") ?? 1);
const from = Number(flag("from") ?? 0);

for (const name of Object.keys(FORMATS)) {
  Deno.test({
    name: `hostile files: ${name}`,
    ignore: only !== undefined && !only.includes(name),
    fn: () => check(name),
  });
}

async function check(name: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "everyclass-" });
  try {
    await checkIn(name, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** @param folder An empty folder. */
async function checkIn(name: string, folder: string): Promise<void> {
  const format = await openFormat(name, folder);
  const { few, many, ms } = format;
  const to = from + Number(flag("inputs") ?? (whole ? many : few));
  const outcome = await campaign(name, { seed, from, to, ms });
  if (whole) console.log(lineOf(name, outcome));
  const faults = [];
  for (const { index, fault } of outcome.findings.slice(0, 20)) {
    faults.push(
      `--format ${name} --seed ${seed} --from ${index} --inputs 1: ${await kept(
        name,
        format,
        index,
      )}${fault}`,
    );
  }
  assertEquals(faults.join("\n"), "", `${outcome.findings.length} faults`);
}

/** Keeps an input that has a fault. @returns Its path, in words. */
async function kept(name: string, format: Format, index: number): Promise<string> {
  if (!whole) return "";
  const { bytes } = await inputOf(format, seed, index);
  const folder = new URL("../../.cache/fuzz/", import.meta.url);
  await Deno.mkdir(folder, { recursive: true });
  const path = new URL(`${name}-${seed}-${index}`, folder);
  await Deno.writeFile(path, bytes);
  return `${bytes.length} bytes in ${path.pathname}: `;
}

function lineOf(name: string, outcome: Outcome): string {
  const { inputs, refused, accepted, findings, slowest, slowestIndex, memory, process, seconds } = outcome;
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return `${name}: ${inputs} inputs, ${refused} refused, ${accepted} accepted, ${findings.length} faults; slowest ` +
    `${slowest.toFixed(0)} ms (${slowestIndex}), most memory ${mib(memory)} an input, ${
      mib(process)
    } the process; ` +
    `${seconds.toFixed(0)} s`;
}
