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
import { type Ceiling, measureCeiling } from "../kernels/ceiling.ts";
import { readOptions } from "../command_line.ts";
import { higher, withBounds } from "./bound.ts";
import { machineLine } from "./machine.ts";
import { runMainJobRows } from "./main_job/rows.ts";
import { checkChosen, COMPARISON_COMMAND, comparisonOptions, isChosen, type Options } from "./options.ts";
import { nameOfPeer, peerList } from "./peer_list.ts";
import { PeerProcess } from "./peer_process.ts";
import type { Answer, Peer } from "./protocol.ts";
import { agreedByNone, fullName, OURS } from "./ratios.ts";
import { torchPeers } from "./torch/torch.ts";
import { askInTurns } from "./turns.ts";
import { inOrder, type PeerResult, rateOf, samplesAgree, toleranceOf } from "./results.ts";
import { WORKLOADS } from "./workload_list.ts";
import type { Workload } from "./workloads.ts";
import { earlierRows, writeComparison } from "./report/write.ts";

/** The name of the main job among the workloads. */
const MAIN_JOB = "main job";

try {
  Deno.exit(await main(readOptions(COMPARISON_COMMAND, comparisonOptions)));
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  Deno.exit(1);
}

/** Compares by the command line's flags. @returns 1 where no peer has our result, else 0. */
async function main(options: Options): Promise<number> {
  const torch = await torchPeers(options.python ?? undefined);
  const peers = peerList(torch.peers);
  const date = new Date().toISOString();
  using device = await Device.open();
  const { adapter, family } = device;
  const here = WORKLOADS.filter(({ quick, gpuOnly }) =>
    (quick || !options.quick) && (family === "tile" || !gpuOnly)
  );
  const names = here.map(({ name }) => name);
  checkChosen("--only", options.only, options.quick ? names : [...names, MAIN_JOB]);
  checkChosen("--peers", options.peers, peers.map(nameOfPeer));
  const processes = peers.filter((peer) => peer.name === OURS || isChosen(nameOfPeer(peer), options.peers))
    .map((peer) => new PeerProcess(peer));
  const endAll = () => Promise.all(processes.map((process) => process.end()));
  const chosen = here.filter(({ name }) => isChosen(name, options.only));
  const earlier = options.add ? await earlierRows(options.out, adapter) : null;
  let ceiling: Ceiling | null = earlier?.ceiling ?? null;
  const rows: PeerResult[] = [];
  const write = () =>
    writeComparison(
      options.out,
      { date, adapter, ceiling, rows: withBounds(inOrder(rows, earlier?.rows ?? []), ceiling) },
      family,
      machineLine(),
    );
  let kind: Workload["kind"] | null = null;
  for (const workload of chosen) {
    // A new kind begins in new processes: peers do not free the memory of earlier workloads.
    if (workload.kind !== kind) await endAll();
    if (workload.kind !== kind && kind !== null) await write();
    // Before each workload, as the machine's speed comes and goes.
    ceiling = higher(ceiling, await measureCeiling(device));
    kind = workload.kind;
    const asked = processes.filter(({ peer }) => peer.takes?.(workload) ?? true);
    const answers = await askInTurns(asked, workload, options.limit);
    const [{ sample: ours }] = answers; // the first of the peers
    for (const [i, { peer }] of asked.entries()) {
      const row = resultOf(workload, peer, answers[i], ours);
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
  for (const row of differ) console.error(`${row.workload}: ${fullName(row)} does not agree with ${OURS}`);
  const alone = agreedByNone(rows);
  if (alone.length > 0) console.error(`error: no peer agrees with ${OURS} on ${alone.join("; ")}`);
  return alone.length > 0 ? 1 : 0;
}

function resultOf(
  workload: Workload,
  { name: peer, setting, precision }: Peer,
  { ms, sample, why }: Answer,
  ours: readonly number[],
): PeerResult {
  const known = sample.length > 0 && ours.length > 0;
  return {
    workload: workload.name,
    peer,
    ...setting !== undefined && { setting },
    ...precision !== undefined && { precision },
    ms,
    rate: ms === null ? null : rateOf(workload, ms),
    unit: workload.unit,
    agrees: known ? samplesAgree(toleranceOf(workload, precision), ours, sample) : null,
    ...why !== undefined && { why },
  };
}

function describeResult(row: PeerResult): string {
  const { workload, ms, rate, unit, agrees, why } = row;
  const time = ms === null ? "-" : `${ms.toFixed(2)} ms, ${rate!.toPrecision(3)} ${unit}`;
  return [workload, fullName(row), time, agrees === false ? "does not agree" : "", why ?? ""]
    .filter(Boolean).join("; ");
}
