// Runs the same workloads in this project and in its peers, one after the other, each peer in a process of its own, and
// writes what came of them: JSON, Markdown, and a chart.
//
//   deno task bench:peers [--only PARTS] [--peers PARTS] [--out FOLDER] [--quick] [--python PYTHON]
//     [--data DIR --checkpoint FILE [--torch-epochs N]]
//
// --only takes parts of the names of workloads and --peers of those of peers, with commas between. Packages of npm are
// fetched at the first run. The main job (main_job.ts) takes CIFAR-100 and a checkpoint.

import { Device } from "../../engine/mod.ts";
import { mainJobRowsOf } from "./main_job_rows.ts";
import { isChosen, optionsOf } from "./options.ts";
import { PeerProcess } from "./peer_process.ts";
import type { Answer, Peer } from "./protocol.ts";
import { TORCH, torchPeer } from "./torch.ts";
import { agree, rateOf, type Row, type Workload, WORKLOADS } from "./workloads.ts";
import { writeComparison } from "./write.ts";

const OWN = "everyclass";

/** A peer that runs in Deno. */
function denoPeer(name: string, file: string, ...args: string[]): Peer {
  const script = new URL(file, import.meta.url).href;
  return { name, command: [Deno.execPath(), "run", "-A", "--no-lock", script, ...args] };
}

const options = optionsOf(Deno.args);
const PEERS: readonly Peer[] = [
  denoPeer(OWN, "ours.ts"),
  denoPeer("jax-js webgpu", "jax.ts"),
  denoPeer("tfjs webgpu", "tfjs.ts", "webgpu"),
  denoPeer("tfjs wasm", "tfjs.ts", "wasm"),
  await torchPeer(options.python ?? undefined),
];

const date = new Date().toISOString();
using device = await Device.open();
const { adapter, family } = device;
const workloads = WORKLOADS.filter(({ name, quick, gpuOnly }) =>
  isChosen(name, options.only) && (quick || !options.quick) && (family === "tile" || !gpuOnly)
);
const processes = PEERS.filter(({ name }) => name === OWN || isChosen(name, options.peers))
  .map((peer) => new PeerProcess(peer));
const rows: Row[] = [];
for (const workload of workloads) {
  let ours: number[] = [];
  for (const process of processes) {
    const answer = await process.ask(workload);
    if (process.peer.name === OWN) ours = answer.sample;
    const row = rowOf(workload, process.peer.name, answer, ours);
    rows.push(row);
    console.log(lineOf(row));
  }
}
for (const process of processes) await process[Symbol.asyncDispose]();
if (isChosen("main job", options.only) && isChosen(TORCH, options.peers) && !options.quick) {
  rows.push(...await mainJobRowsOf(options));
}
await writeComparison(options.out, { date, adapter, rows }, family);
console.log(`Report: ${options.out}/peers.md`);
Deno.exit(0);

function rowOf(workload: Workload, peer: string, { ms, sample, why }: Answer, ours: readonly number[]): Row {
  return {
    workload: workload.name,
    peer,
    ms,
    rate: ms === null ? null : rateOf(workload, ms),
    unit: workload.unit,
    agrees: sample.length > 0 && ours.length > 0 ? agree(workload, ours, sample) : null,
    ...why === undefined ? {} : { why },
  };
}

function lineOf({ workload, peer, ms, rate, unit, agrees, why }: Row): string {
  const time = ms === null ? "-" : `${ms.toFixed(2)} ms, ${rate!.toPrecision(3)} ${unit}`;
  return [workload, peer, time, agrees === false ? "does not agree" : "", why ?? ""].filter(Boolean).join(
    "; ",
  );
}
