// Runs the same workloads in this project and in its peers, one after the other, each peer in a process of its own, and
// writes what came of them: JSON, Markdown, and a chart.
//
//   deno task bench:peers [--only PARTS] [--peers PARTS] [--out FOLDER] [--quick] [--limit SECONDS]
//     [--python PYTHON] [--data DIR --checkpoint FILE [--torch-epochs N]]
//
// Each number is the best of several tries, each of as many runs between two waits as take 300 ms, after a first run that
// compiles. A workload that takes a peer more than --limit seconds in all (60) is given up.
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

/** A peer that runs in Deno: packages of npm get no permission but those named here. */
function denoPeer(name: string, file: string, backend: string[] = [], permissions: string[] = []): Peer {
  const script = new URL(file, import.meta.url).href;
  const command = [Deno.execPath(), "run", "--no-lock", "--no-prompt", ...permissions, script, ...backend];
  return { name, command };
}

const options = optionsOf(Deno.args);
const PEERS: readonly Peer[] = [
  denoPeer(OWN, "ours.ts"),
  denoPeer("jax-js webgpu", "jax.ts"),
  denoPeer("tfjs webgpu", "tfjs.ts", ["webgpu"]),
  denoPeer("tfjs wasm", "tfjs.ts", ["wasm"], ["--allow-read"]),
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
const endAll = () => Promise.all(processes.map((process) => process.end()));
const rows: Row[] = [];
let kind: Workload["kind"] | null = null;
for (const workload of workloads) {
  let ours: number[] = [];
  // A new kind begins in new processes: peers keep the memory of what they have done.
  if (workload.kind !== kind) await endAll();
  kind = workload.kind;
  for (const process of processes) {
    const answer = await process.ask(workload, options.limit);
    if (process.peer.name === OWN) ours = answer.sample;
    const row = rowOf(workload, process.peer.name, answer, ours);
    rows.push(row);
    console.log(lineOf(row));
  }
}
await endAll();
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
