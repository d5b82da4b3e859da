// Runs the same workloads in this project and in its peers, one after the other, each peer in a process of its own, and
// writes the results as JSON, Markdown and a chart.
//
//   deno task bench:peers --help
//
// Each number is the best of several tries, each of as many runs between two waits as take 300 ms, after a first run that
// compiles. The peers take turns at a workload; a peer whose turn takes longer than the limit gets no time. Packages of
// npm are fetched at the first run. The main job (main_job/main.ts) takes CIFAR-100 and a checkpoint. The program
// ends with 1 where no peer has our result.

import { Device } from "../../engine/mod.ts";
import { readOptions } from "../command_line.ts";
import { machineLine } from "./machine.ts";
import { runMainJobRows } from "./main_job/rows.ts";
import { checkChosen, COMPARISON_COMMAND, comparisonOptions, isChosen, type Options } from "./options.ts";
import { PeerProcess } from "./peer_process.ts";
import type { Answer, Peer } from "./protocol.ts";
import { agreedByNone, OURS } from "./ratios.ts";
import { torchPeer } from "./torch/torch.ts";
import { askInTurns } from "./turns.ts";
import { type PeerResult, rateOf, samplesAgree } from "./results.ts";
import { WORKLOADS } from "./workload_list.ts";
import type { Workload } from "./workloads.ts";
import { writeComparison } from "./report/write.ts";

/** The name of the main job among the workloads. */
const MAIN_JOB = "main job";

/** Describes a peer that runs in Deno. @param permissions All that its npm packages are allowed. */
function denoPeer(name: string, file: string, backend: string[] = [], permissions: string[] = []): Peer {
  const script = new URL(file, import.meta.url).href;
  const command = [Deno.execPath(), "run", "--no-lock", "--no-prompt", ...permissions, script, ...backend];
  return { name, command };
}

try {
  Deno.exit(await main(readOptions(COMPARISON_COMMAND, comparisonOptions)));
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  Deno.exit(1);
}

/** Compares by the command line's flags. @returns 1 where no peer has our result, else 0. */
async function main(options: Options): Promise<number> {
  const torch = await torchPeer(options.python ?? undefined);
  const peers: readonly Peer[] = [
    denoPeer(OURS, "ours/ours.ts"),
    denoPeer("jax-js webgpu", "jax/jax.ts"),
    denoPeer("tfjs webgpu", "tfjs/tfjs.ts", ["webgpu"]),
    denoPeer("tfjs wasm", "tfjs/tfjs.ts", ["wasm"], ["--allow-read"]),
    torch,
  ];
  const date = new Date().toISOString();
  using device = await Device.open();
  const { adapter, family } = device;
  const here = WORKLOADS.filter(({ quick, gpuOnly }) =>
    (quick || !options.quick) && (family === "tile" || !gpuOnly)
  );
  const names = here.map(({ name }) => name);
  checkChosen("--only", options.only, options.quick ? names : [...names, MAIN_JOB]);
  checkChosen("--peers", options.peers, peers.map(({ name }) => name));
  const processes = peers.filter(({ name }) => name === OURS || isChosen(name, options.peers))
    .map((peer) => new PeerProcess(peer));
  const endAll = () => Promise.all(processes.map((process) => process.end()));
  const rows: PeerResult[] = [];
  const write = () => writeComparison(options.out, { date, adapter, rows }, family, machineLine());
  let kind: Workload["kind"] | null = null;
  for (const workload of here.filter(({ name }) => isChosen(name, options.only))) {
    // A new kind begins in new processes: peers do not free the memory of earlier workloads.
    if (workload.kind !== kind) await endAll();
    if (workload.kind !== kind && kind !== null) await write();
    kind = workload.kind;
    const answers = await askInTurns(processes, workload, options.limit);
    const [{ sample: ours }] = answers; // the first of the peers
    for (const [i, { peer }] of processes.entries()) {
      const row = resultOf(workload, peer.name, answers[i], ours);
      rows.push(row);
      console.log(describeResult(row));
    }
  }
  await endAll();
  if (isChosen(MAIN_JOB, options.only) && isChosen(torch.name, options.peers) && !options.quick) {
    if (rows.length > 0) await write();
    rows.push(...await runMainJobRows(options, family, torch.name));
  }
  console.log(`Report: ${await write()}`);
  const differ = rows.filter(({ agrees }) => agrees === false);
  for (const { workload, peer } of differ) console.error(`${workload}: ${peer} does not agree with ${OURS}`);
  const alone = agreedByNone(rows);
  if (alone.length > 0) console.error(`error: no peer agrees with ${OURS} on ${alone.join("; ")}`);
  return alone.length > 0 ? 1 : 0;
}

function resultOf(
  workload: Workload,
  peer: string,
  { ms, sample, why }: Answer,
  ours: readonly number[],
): PeerResult {
  return {
    workload: workload.name,
    peer,
    ms,
    rate: ms === null ? null : rateOf(workload, ms),
    unit: workload.unit,
    agrees: sample.length > 0 && ours.length > 0 ? samplesAgree(workload, ours, sample) : null,
    ...why === undefined ? {} : { why },
  };
}

function describeResult({ workload, peer, ms, rate, unit, agrees, why }: PeerResult): string {
  const time = ms === null ? "-" : `${ms.toFixed(2)} ms, ${rate!.toPrecision(3)} ${unit}`;
  return [workload, peer, time, agrees === false ? "does not agree" : "", why ?? ""].filter(Boolean).join(
    "; ",
  );
}
