// A process of a job: `collectives MOST [LIBRARY]` tries every collective and fails where one is wrong, `die HOW` lets rank 1 end amid the others'
// work, `worker` computes in a Worker that may do nothing else.
/// <reference lib="deno.worker" />
import { assertEquals } from "@std/assert";
import { Pace } from "../../../train/team/pace.ts";
import { type Job, openCommunicator } from "../../../train/distributed/open.ts";

const isWorker = self.name === "rank";
const [task, word, library = null] = isWorker ? ["collectives", "1000"] : Deno.args;

if (task === "worker") {
  const permissions = {
    read: true,
    ffi: true,
    env: false,
    net: false,
    run: false,
    write: false,
    sys: false,
  } as const;
  const worker = new Worker(import.meta.url, { type: "module", name: "rank", deno: { permissions } });
  await new Promise((resolve) => worker.onmessage = resolve);
  worker.terminate();
} else {
  const job = await openCommunicator(task === "collectives" ? { library, most: Number(word) } : {});
  if (task === "collectives") await tryAll(job);
  if (task === "die") await die(job, word);
  await job.finish();
  if (isWorker) self.postMessage("done");
}

/** Every collective, at lengths around the bounds of its parts, several in flight. */
async function tryAll(job: Job): Promise<void> {
  const { rank, size, hosts } = job;
  assertEquals([hosts.length, new Set(hosts).size], [size, 1]);
  const ranks = Array.from({ length: size }, (_, i) => i);
  const sums = [0, 1, 2, 999, 1000, 1001, 70_000].map((length) => {
    const values = Float32Array.from({ length }, (_, i) => i + rank);
    return { values, ended: job.allReduce(values) };
  });
  const lengthOf = (rank: number) => [0, 1, 2500, 7][rank];
  const gathered = job.allGather(new Float32Array(lengthOf(rank)).fill(rank));
  const last = new Float32Array([2 ** rank]);
  const lastEnded = job.allReduce(last);
  const nothing = job.allGather(new Float32Array(0));
  const sent = job.broadcast(Uint8Array.from({ length: rank === 0 ? 3001 : 5 }, (_, i) => i + rank));
  const texts = job.gatherTexts("ä".repeat(rank));

  for (const { values, ended } of sums) {
    await ended;
    const all = ranks.reduce((sum, rank) => sum + rank);
    assertEquals(values, Float32Array.from(values, (_, i) => size * i + all), `${values.length} values`);
  }
  assertEquals([...await gathered], ranks.flatMap((rank) => Array(lengthOf(rank)).fill(rank)));
  await lastEnded;
  assertEquals([...last], [2 ** size - 1]);
  assertEquals((await nothing).length, 0);
  assertEquals(await sent, Uint8Array.from({ length: 3001 }, (_, i) => i));
  assertEquals(await texts, ranks.map((rank) => "ä".repeat(rank)));
  const busy = await new Pace(job).busy();
  assertEquals([busy.length, busy.every((seconds) => seconds >= 0)], [size, true]);
  if (rank === 0) console.log(`${size} ranks by ${job.version}`);
}

/** Rank 1 ends, the others wait for it. */
async function die(job: Job, how: string): Promise<void> {
  if (job.rank === 1 && how === "killed") Deno.kill(Deno.pid, "SIGKILL");
  if (job.rank === 1) job.abort(3);
  await job.allReduce(new Float32Array(1));
}
