// Measures how cost grows: time, memory and planning of a training step with batch size, image size and depth, and of
// softmax with GML with the number of classes. With --steps it measures speed and resident memory over many steps.
//
//   deno task bench:scale --help
//
// Without --steps it writes scale-<adapter>.json, .md and .svg, with it steps-<adapter>.json. It needs all
// permissions to read processor times in /proc. On a software adapter the device's memory belongs to the process, so that
// resident memory tells of leaks on both sides.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Device, networkNames } from "../../engine/mod.ts";
import { adapterSlug } from "../adapter_slug.ts";
import { HELP, readOptions } from "../command_line.ts";
import { measureLoss, measureTraining, planTraining, type Point } from "./points.ts";
import { scaleChart, scaleDocument } from "./report.ts";
import { describeDrift, measureSteps, sumUpDrift } from "./steps.ts";

const command = {
  name: "bench:scale",
  call: "deno task bench:scale",
  about: "Measure how time and memory grow with batch, image, depth and classes, or over many steps",
  flags: {
    steps: {
      value: "N",
      about: "measure speed and resident memory over N training steps instead, at least 50",
    },
    network: { value: "NAME", about: "network of these steps (default: resnet8)" },
    batch: { value: "N", about: "batch of these steps (default: 64)" },
    quick: { value: null, about: "measure the two smallest sizes of each kind alone" },
    out: { value: "DIR", about: "folder of the JSON, Markdown and chart (default: bench/results)" },
    ...HELP,
  },
  example: "--steps 500 --batch 8",
};
const { steps, network, batch, quick, out } = readOptions(command, (given) => ({
  steps: given.whole("steps", 50),
  network: given.oneOf("network", networkNames) ?? "resnet8",
  batch: given.whole("batch", 1) ?? 64,
  quick: given.has("quick"),
  out: given.text("out") ?? fileURLToPath(new URL("../results", import.meta.url)),
}));
const device = await Device.open();
const kind = adapterSlug(device.adapter);
await Deno.mkdir(out, { recursive: true });
const write = (file: string, text: string) => {
  Deno.writeTextFileSync(join(out, file), text);
  console.log(`wrote ${join(out, file)}`);
};
const factsNow = () => ({
  adapter: device.adapter,
  family: device.family,
  system: `${Deno.build.os} ${Deno.build.arch}, ${navigator.hardwareConcurrency} threads`,
  deno: Deno.version.deno,
  date: new Date().toISOString().slice(0, 10),
  // Mean number of programs that ran in the last minute, with this one; 0 where the system does not tell.
  load: Deno.loadavg()[0].toFixed(1),
});

if (steps !== null) {
  const job = { network, batch, side: 32 };
  const samples = await measureSteps(device, job, steps, console.log);
  const found = sumUpDrift(samples);
  console.log(describeDrift(found));
  write(`steps-${kind}.json`, JSON.stringify({ ...factsNow(), ...job, ...found, samples }, null, 2) + "\n");
} else {
  const points = await measureAll(quick);
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
