// Compares the kernels of two copies of the repository, case by case, taking turns in one process:
//
//   git worktree add ../before HEAD~1
//   deno run -A --no-lock bench/kernels/compare.ts ../before . [family [words of the cases [turns]]]
//
// The cases are those of bench/kernels/cases.ts, each copy's own; `by weight` takes those with these words in their name.
// Device times, the best and the median of all turns. First runs compile: to see how long that takes, set
// MESA_SHADER_CACHE_DIR to a folder of each run's own.

import type { Family } from "../../engine/mod.ts";
import type { KernelCase } from "./measure.ts";
import { isMove } from "./places.ts";

/** One case of one copy, ready to run. */
interface Contender {
  name: string;
  labels: string;
  gflop: number;
  firstMs: number;
  turn(): Promise<number>;
  values(): Promise<Float32Array>;
  [Symbol.dispose](): void;
}

const [before, after, family = "lane", words = "", turns = "9"] = Deno.args;
if (!after) {
  throw new TypeError(
    "Cannot compare: it takes two folders, and perhaps a family, words of the cases and a number of turns",
  );
}

/** Opens a copy's device and finds its cases. */
async function copyIn(folder: string) {
  const base = new URL(`${folder}/`, `file://${Deno.cwd()}/`).href;
  const engine: typeof import("../../engine/mod.ts") = await import(`${base}engine/mod.ts`);
  const { kernelCases }: typeof import("./cases.ts") = await import(`${base}bench/kernels/cases.ts`);
  const device = await engine.Device.open({ family: family as Family });
  const make = async ({ op, shape, outputs, feeds }: KernelCase): Promise<Contender> => {
    const start = performance.now();
    const plan = await engine.Plan.make(device, { outputs });
    plan.run(feeds);
    await device.finish();
    const firstMs = performance.now() - start;
    const counted = plan.steps.map(({ node }) => !isMove(node));
    const labels = plan.steps.flatMap((step, i) => counted[i] && "label" in step ? [step.label] : []);
    return {
      name: `${op} ${shape}`,
      labels: labels.join(", "),
      gflop: plan.dispatches().reduce((sum, { flops }) => sum + flops, 0) / 1e9,
      firstMs,
      turn: async () => (await plan.profile(feeds)).reduce((sum, ms, i) => sum + (counted[i] ? ms : 0), 0),
      values: () => plan.read(Object.keys(outputs)[0]),
      [Symbol.dispose]: () => plan[Symbol.dispose](),
    };
  };
  return { cases: kernelCases(family as Family, device.isSoftware && family === "tile"), make };
}

const copies = [await copyIn(before), await copyIn(after)];
const chosen = copies[0].cases.map(({ op, shape }, at) => ({ at, name: `${op} ${shape}` }))
  .filter(({ name }) => name.includes(words));
console.log("best and median, ms; GFLOP/s of the best; first run, ms; largest difference of the values");
for (const { at, name } of chosen) {
  const contenders = [await copies[0].make(copies[0].cases[at]), await copies[1].make(copies[1].cases[at])];
  const times: number[][] = [[], []];
  for (let turn = 0; turn < Number(turns); turn++) {
    for (const [i, contender] of contenders.entries()) times[i].push(await contender.turn());
  }
  const [a, b] = await Promise.all(contenders.map((contender) => contender.values()));
  const apart = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
  const told = contenders.map(({ gflop, firstMs, labels }, i) => {
    const sorted = times[i].toSorted((x, y) => x - y);
    const [best, median] = [sorted[0], sorted[sorted.length >> 1]];
    const rate = gflop > 0 ? `, ${(gflop / best * 1000).toFixed(0)} GFLOP/s` : "";
    const line = `  ${best.toFixed(2)} (${median.toFixed(2)}) ms${rate}, first ${
      firstMs.toFixed(0)
    }: ${labels}`;
    return { best, line };
  });
  console.log(`${name}: ${(told[0].best / told[1].best).toFixed(2)}x, ${apart.toExponential(1)} apart`);
  for (const { line } of told) console.log(line);
  for (const contender of contenders) contender[Symbol.dispose]();
}
Deno.exit(0);
