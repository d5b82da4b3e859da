// How cost grows: time, memory and planning of a training step against batch size, image size and depth, and of softmax
// with GML against the number of classes; or, with --steps, speed and resident memory over many steps.
//
//   deno task bench:scale [--out FOLDER] [--quick]
//   deno task bench:scale --steps 500 [--network resnet8] [--batch 64] [--out FOLDER]
//
// The first writes scale-<adapter>.json, .md and .svg, the second steps-<adapter>.json. Default folder: bench/results/.
// All permissions, for processor times are in /proc. On a software adapter the device's memory is the process's, so resident memory tells of leaks on both sides.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "@std/cli";
import { Device, networkNames } from "../engine/mod.ts";
import { adapterSlug } from "./adapter_slug.ts";
import { measureLoss, measureTraining, planTraining, type Point } from "./scale_points.ts";
import { scaleChart, scaleDocument } from "./scale_report.ts";
import { drift, driftWords, manySteps } from "./scale_steps.ts";

const flags = parseArgs(Deno.args, {
  string: ["out", "steps", "network", "batch"],
  boolean: ["quick"],
  default: { out: fileURLToPath(new URL("results", import.meta.url)), network: "resnet8", batch: "64" },
  unknown: (arg) => {
    console.error(`error: Cannot take ${arg}: it takes --out, --quick, --steps, --network and --batch`);
    Deno.exit(1);
  },
}) as unknown as { out: string; network: string; batch: string; steps?: string; quick: boolean };
const [batch, steps] = [flags.batch, flags.steps ?? "500"].map(Number);
if (![batch, steps].every((count) => Number.isInteger(count) && count >= 1) || steps < 50) {
  console.error(
    "error: Cannot take the flags: --batch takes a whole number of at least 1, --steps one of at least 50",
  );
  Deno.exit(1);
}
if (!(networkNames as readonly string[]).includes(flags.network)) {
  console.error(
    `error: Cannot take --network ${flags.network}: it takes one of ${networkNames.join(", ")}`,
  );
  Deno.exit(1);
}
const device = await Device.open();
const kind = adapterSlug(device.adapter);
await Deno.mkdir(flags.out, { recursive: true });
const write = (file: string, text: string) => {
  Deno.writeTextFileSync(join(flags.out, file), text);
  console.log(`wrote ${join(flags.out, file)}`);
};
const factsNow = () => ({
  adapter: device.adapter,
  family: device.family,
  system: `${Deno.build.os} ${Deno.build.arch}, ${navigator.hardwareConcurrency} threads`,
  deno: Deno.version.deno,
  date: new Date().toISOString().slice(0, 10),
  // Of the last minute: programs that ran, this one among them. 0 where the system does not tell.
  load: Deno.loadavg()[0].toFixed(1),
});

if (flags.steps !== undefined) {
  const job = { network: flags.network, batch, side: 32 };
  const samples = await manySteps(device, job, steps, console.log);
  const found = drift(samples);
  console.log(driftWords(found));
  write(`steps-${kind}.json`, JSON.stringify({ ...factsNow(), ...job, ...found, samples }, null, 2) + "\n");
} else {
  const points = await measureAll(flags.quick);
  const facts = factsNow();
  write(`scale-${kind}.json`, JSON.stringify({ ...facts, points }, null, 2) + "\n");
  write(`scale-${kind}.md`, scaleDocument(points, facts, `scale-${kind}.svg`));
  write(`scale-${kind}.svg`, scaleChart(points, facts.adapter));
}
Deno.exit(0);

async function measureAll(quick: boolean): Promise<Point[]> {
  const points: Point[] = [];
  const add = (point: Point) => {
    points.push(point);
    const { series, what, ms, planned, allocated, planning } = point;
    const time = ms === null ? "not run" : `${ms.toFixed(1)} ms`;
    console.log(
      `${series.padEnd(10)}  ${what.padEnd(34)}  ${time.padStart(10)}  ${
        (planned / 2 ** 20).toFixed(1)
      } MiB planned, ` +
        `${allocated === null ? "none" : (allocated / 2 ** 20).toFixed(1)} allocated, ${
          planning.toFixed(0)
        } ms to plan`,
    );
  };
  const few = <T>(all: readonly T[]) => quick ? all.slice(0, 2) : all;
  for (const batch of few([16, 32, 64, 128, 256])) {
    add(await measureTraining(device, { network: "resnet8", batch, side: 32 }, "batch", batch));
  }
  for (const side of few([32, 48, 64, 96, 128])) {
    add(await measureTraining(device, { network: "resnet10", batch: 8, side }, "side", side));
  }
  for (const depth of few([8, 14, 20, 32, 44, 56])) {
    add(await measureTraining(device, { network: `resnet${depth}`, batch: 32, side: 32 }, "depth", depth));
  }
  add(planTraining(device, { network: "resnet110", batch: 32, side: 32 }, "depth", 110));
  for (const depth of few([10, 18, 50, 152])) {
    const job = { network: `resnet${depth}`, batch: 8, side: 224, classes: 1000 };
    add(planTraining(device, job, "large", depth));
  }
  for (const classes of few([10, 100, 1000, 10_000])) add(await measureLoss(device, 512, classes));
  return points;
}
