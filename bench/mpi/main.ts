// Measures sums over processes, and what waiting for a slow process takes of a core:
//
//   mpirun -np 2 deno run --allow-read --allow-ffi --allow-env=OMPI_COMM_WORLD_SIZE,PMI_SIZE bench/mpi/main.ts
//
// Beside the sums of the communicator, which leave the thread free, stand those of MPI_Allreduce, which block it (Open MPI only).
import process from "node:process";
import { findLauncher } from "../../train/distributed/launcher.ts";
import { findMpi } from "../../train/distributed/library.ts";
import { openCommunicator } from "../../train/distributed/open.ts";

/** Seconds for which the last rank keeps the others waiting. */
const LATE = 5;

const library = findMpi(null, findLauncher()?.family ?? "Open MPI");
const job = await openCommunicator({ library });
const address = { type: "pointer" } as const;
const { symbols } = Deno.dlopen(library, {
  ompi_mpi_comm_world: address,
  ompi_mpi_float: address,
  ompi_mpi_op_sum: address,
  MPI_Allreduce: {
    parameters: ["usize", "buffer", "i32", "pointer", "pointer", "pointer"],
    result: "i32",
  },
});

const ways: Record<string, (values: Float32Array<ArrayBuffer>) => unknown> = {
  "blocking": (values) =>
    symbols.MPI_Allreduce(
      1n,
      values,
      values.length,
      symbols.ompi_mpi_float,
      symbols.ompi_mpi_op_sum,
      symbols.ompi_mpi_comm_world,
    ),
  "free": (values) => job.allReduce(values),
};

for (const length of [256, 500_000, 25_000_000]) {
  const values = new Float32Array(length);
  const times: Record<string, number[]> = { blocking: [], free: [] };
  for (let turn = 0; turn < (length > 1e6 ? 5 : 21); turn++) {
    for (const [name, way] of Object.entries(ways)) {
      await job.allReduce(new Float32Array(1));
      const begun = performance.now();
      await way(values);
      times[name].push(performance.now() - begun);
    }
  }
  tell(
    `${4 * length / 1e6} MB: ${
      Object.entries(times).map(([name, ms]) => `${name} ${spread(ms)}`).join(", ")
    } ms`,
  );
}

if (job.rank === job.size - 1) await new Promise((resolve) => setTimeout(resolve, LATE * 1000));
const before = processorSeconds();
await job.allReduce(new Float32Array(500_000));
tell(`waiting ${LATE} s takes ${((processorSeconds() - before) / LATE * 100).toFixed(1)} % of a core`);
await job.finish();

/** Median and shortest of times. */
function spread(ms: number[]): string {
  const sorted = ms.toSorted((a, b) => a - b);
  return `${sorted[sorted.length >> 1].toFixed(2)} (least ${sorted[0].toFixed(2)})`;
}

/** Processor time of this process. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function tell(text: string): void {
  if (job.rank === 0) console.log(text);
}
