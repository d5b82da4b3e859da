// The command that goes on with a run gives again what its folder does not keep.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { commands } from "../../../train/cli/main.ts";
import { againWords } from "../../../train/flags/again.ts";
import { type FlagName, flagTable, noFlags } from "../../../train/flags/flags.ts";
import { everyclass } from "../command.ts";
import { PHOTO_KEYS, photosIn, writePhoto } from "../photos.ts";
import { Problem } from "../problem.ts";
import { runIn } from "../team/run_in.ts";

/** Flags that need not be given again: the folder keeps them, in its config or beside it, or they say what is printed. */
const NEEDLESS: readonly FlagName[] = [
  ...["data", "checkpoint", "mirror", "set", "seed", "family"] as const,
  ...["features", "labels", "test-features", "test-labels"] as const,
  ...["validation-features", "validation-labels", "weight", "bias"] as const,
  ...["config", "out", "resume", "seeds", "ablations"] as const,
  ...["quiet", "json", "keys", "help"] as const,
];

Deno.test("each flag of a run that can go on is kept in its folder, or given again", () => {
  for (const [name, { flags }] of Object.entries(commands)) {
    if (!flags.includes("resume")) continue;
    for (const flag of flags) {
      assertEquals(flagTable[flag].again ?? false, !NEEDLESS.includes(flag), `--${flag} of ${name}`);
    }
  }
});

Deno.test("flags that are given again are words of a command line", () => {
  assertEquals(againWords({ ...noFlags(), quiet: true, out: "runs/a" }), "");
  const address = "https://example.org/libturbojpeg.so#sha256=0a";
  assertEquals(
    againWords({ ...noFlags(), distributed: true, "mpi-library": "-lib.so", "jpeg-library": address }),
    ` --distributed --mpi-library ./-lib.so --jpeg-library ${
      Deno.build.os === "windows" ? `"${address}"` : `'${address}'`
    }`,
  );
});

const problem = new Problem();
const library = problem.path("libown.so");
Deno.writeTextFileSync(library, "never loaded: no image is a JPEG");
for (const split of ["train", "test"]) {
  for (const file of photosIn(problem.path("photos", split), 8)) await writePhoto(file);
}
const flags = (name: string) => [
  ...["train", "--data", problem.path("photos"), "--out", problem.path(name), "--jpeg-library", library],
  ...`${PHOTO_KEYS} data.decoder=turbojpeg`.split(" ").flatMap((key) => ["--set", key]),
];

Deno.test("a run with a library of its own says how to go on with that library, and does", async () => {
  const { err } = await everyclass(
    flags("own"),
    (line, send) => line.includes("epoch 1 of 2") && send("SIGTERM"),
  );
  const goOn = `deno task train --resume ${problem.path("own")} --jpeg-library ${library}\n`;
  assertEquals(err.split(goOn).length, 4, err); // at the start, at the signal and at the end
  const resumed = await everyclass(goOn.trim().split(" ").slice(2));
  assertEquals(resumed.code, 0, resumed.err);
  const [comment] = Deno.readTextFileSync(problem.path("own", "config.yaml")).split("\n");
  assert(comment.endsWith(` --jpeg-library ${library}`), comment);
});

Deno.test("a run of several processes says how to go on with several", async () => {
  const job = { problem, ranks: 2, stopAt: /epoch 1 of 2/ };
  const { err } = await runIn(job, [...flags("several"), "--mpi-library", library]);
  assertStringIncludes(
    err,
    `To go on:\n  deno task train --resume ${problem.path("several")} --distributed ` +
      `--mpi-library ${library} --jpeg-library ${library}\n`,
  );
});
