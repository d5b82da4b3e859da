// Jobs of several processes on this machine, under the launchers of Open MPI and MPICH. Tests of a missing one are skipped.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";

const RANK = fileURLToPath(new URL("rank_main.ts", import.meta.url));

/** As root and on fewer cores than ranks, mpirun wants to be told that this is meant. */
const MPIRUN = ["--allow-run-as-root", "--oversubscribe"];

const isMissing = !await hasLauncher("mpirun", "Open MPI");
const isMpichMissing = !await hasLauncher("mpiexec.mpich", "HYDRA");

/** Tells whether a launcher is there. @param word A word of its version. */
async function hasLauncher(name: string, word: string): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command(name, { args: ["--version"] }).output();
    return new TextDecoder().decode(stdout).includes(word);
  } catch {
    return false;
  }
}

const mpirun = (size: number, ...words: string[]) =>
  launch("mpirun", [...MPIRUN, "-np", String(size)], words);

/** Runs a job to its end. @param words Task of rank_main.ts. */
async function launch(launcher: string, flags: readonly string[], words: readonly string[]) {
  const rank = ["run", "--no-prompt", "--quiet", "--unstable-worker-options"];
  const allowed = ["--allow-read", "--allow-ffi", "--allow-run", "--allow-env=OMPI_COMM_WORLD_SIZE,PMI_SIZE"];
  const { code, stdout, stderr } = await new Deno.Command(launcher, {
    args: [...flags, Deno.execPath(), ...rank, ...allowed, RANK, ...words],
    env: { NO_COLOR: "1" },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

for (const [size, most] of [[1, 1000], [2, 1000], [4, 1000], [2, 2 ** 30]]) {
  Deno.test({
    name: `mpirun: every collective over ${size} ranks, at most ${most} values at once (needs Open MPI)`,
    ignore: isMissing,
    fn: async () => {
      const { code, out, err } = await mpirun(size, "collectives", String(most));
      assertEquals(code, 0, err);
      assert(out.startsWith(`${size} ranks by Open MPI v`), out);
    },
  });
}

Deno.test({
  name: "mpirun: ranks compute in a Worker that may only read and load the library (needs Open MPI)",
  ignore: isMissing,
  fn: async () => {
    const { code, out, err } = await mpirun(2, "worker");
    assertEquals(code, 0, err);
    assert(out.startsWith("2 ranks by Open MPI v"), out);
  },
});

Deno.test({
  name: "mpirun: a rank that is killed ends the job, and a sentence says so (needs Open MPI)",
  ignore: isMissing,
  fn: async () => {
    const { code, err } = await mpirun(2, "die", "killed");
    assertEquals(code, 128 + 9);
    assertStringIncludes(err, "rank 1 ");
    assertStringIncludes(err, "signal 9 (Killed)");
  },
});

Deno.test({
  name: "mpirun: a rank that gives up ends the job with its exit code (needs Open MPI)",
  ignore: isMissing,
  fn: async () => {
    const { code } = await mpirun(3, "die", "aborts");
    assertEquals(code, 3);
  },
});

Deno.test({
  name: "mpiexec: every collective over 2 ranks by MPICH's numbers for handles (needs MPICH)",
  ignore: isMpichMissing,
  fn: async () => {
    const { code, out, err } = await launch("mpiexec.mpich", ["-n", "2"], ["collectives", "1000"]);
    assertEquals(code, 0, err);
    assert(out.startsWith("2 ranks by MPICH Version: "), out);
  },
});
