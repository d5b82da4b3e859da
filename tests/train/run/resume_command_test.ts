import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { everyclass, filesIn } from "../command.ts";
import type { StopSignal } from "../../../train/terminal/signals.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();
const SETS = "epochs=4 views=2";

const checkpointOf = (run: string) => Deno.readFileSync(problem.path(run, "checkpoint.safetensors"));

/** A run that gets a signal when a line of progress holds this text. */
function stopped(name: string, at: string, signal: StopSignal = "SIGINT") {
  return everyclass(
    ["finetune", ...problem.flags(name, SETS)],
    (line, send) => line.includes(at) && send(signal),
  );
}

Deno.test("Ctrl-C keeps the last checkpoint and says how to go on, and --resume ends as if nothing had been", async () => {
  const { code, out, err } = await stopped("run", "epoch 2 of 4");
  assertEquals([code, out], [130, ""], err);
  const folder = problem.path("run");
  assert(
    err.endsWith(
      "Stopping at the next step; again to stop at once. To go on in either case:\n" +
        `  deno task finetune --resume ${folder}\n` +
        "Stopped after 2 of 4 epochs; what was worked out is kept. To go on:\n" +
        `  deno task finetune --resume ${folder}\n`,
    ),
    err,
  );
  assertEquals(filesIn(folder), [
    "checkpoint.safetensors",
    "config.yaml",
    "metrics.csv",
    "work-before.safetensors",
    "work.safetensors",
  ]);
  const evaluated = await everyclass([
    "evaluate",
    ...problem.flags("half", "", { checkpoint: problem.path("run/checkpoint.safetensors") }),
  ]);
  assertEquals(evaluated.code, 0, evaluated.err);

  // More workers change nothing, so they may change.
  const resumed = await everyclass(["finetune", "--resume", folder, "--set", "workers=2"]);
  assertEquals(resumed.code, 0, resumed.err);
  assertStringIncludes(resumed.err, "Going on after epoch 2 of 4");
  assert(!/view \d/.test(resumed.err), `views were computed again:\n${resumed.err}`);
  assert(!filesIn(folder).includes("work.safetensors") && filesIn(folder).includes("summary.json"));
  const epochs = Deno.readTextFileSync(problem.path("run/metrics.csv")).trimEnd().split("\n").slice(1);
  assertEquals(epochs.map((row) => row.split(",")[0]), ["1", "2", "3", "4"]);

  const whole = await everyclass(["finetune", ...problem.flags("whole", SETS)]);
  assertEquals(whole.code, 0, whole.err);
  assertEquals(checkpointOf("run"), checkpointOf("whole"));
});

Deno.test("a run stopped before its first epoch goes on too", async () => {
  const { code, err } = await stopped("early", "evaluate stage 1", "SIGTERM");
  assertEquals(code, 143, err);
  assertStringIncludes(err, "Stopped after 0 of 4 epochs");
  assertEquals(filesIn(problem.path("early")), [
    "config.yaml",
    "work-before.safetensors",
    "work.safetensors",
  ]);
  const resumed = await everyclass(["finetune", "--resume", problem.path("early"), "--json"]);
  assertEquals(resumed.code, 0, resumed.err);
  assert(!resumed.err.includes("evaluate stage 1"), "the test set was run again");
  assertEquals(checkpointOf("early"), checkpointOf("whole"));
  const { seconds } = JSON.parse(resumed.out);
  assert(
    seconds.evaluate > 0 && seconds.total > seconds.features + seconds.train,
    "the first part's time is lost",
  );
});

Deno.test("an interrupted run is resumed as it was, or not at all", async () => {
  assertEquals((await stopped("kept", "epoch 1 of 4")).code, 130);
  const folder = problem.path("kept");
  const before = filesIn(folder).map((name) => Deno.readFileSync(problem.path("kept", name)));
  const other = problem.path("other.safetensors");
  Deno.copyFileSync(problem.path("whole/checkpoint.safetensors"), other);
  const refusals: [flags: string[], ...parts: string[]][] = [
    [["--set", "loss=ce", "--seed", "7"], 'has other loss.name ("gml", not "ce"), seed (0, not 7)'],
    [["--set", "data.augment=null"], "data.augment.pad (1, not null), data.augment.flip (true, not null)"],
    [
      ["--checkpoint", other],
      "the images and the checkpoint of the interrupted run, current ones are others",
    ],
    [["--out", problem.path("new")], "Cannot take --out with --resume"],
    [["--config", problem.path("whole/config.yaml")], "Cannot take --config with --resume"],
  ];
  for (const [flags, ...parts] of refusals) {
    const { code, err } = await everyclass(["finetune", "--resume", folder, "--quiet", ...flags]);
    assertEquals(code, 1);
    for (const part of parts) assertStringIncludes(err, part);
  }
  assertEquals(filesIn(folder).map((name) => Deno.readFileSync(problem.path("kept", name))), before);
});

Deno.test("what is no interrupted run cannot be resumed", async () => {
  for (const name of ["kept/work.safetensors", "kept/work-before.safetensors"]) {
    const work = problem.path(name);
    Deno.truncateSync(work, Deno.statSync(work).size / 2);
  }
  Deno.mkdirSync(problem.path("empty"));
  for (
    const [run, part] of [
      ["whole", "the run in it is whole"],
      ["empty", "no interrupted run"],
      ["none", "is not there"],
      ["kept", "work.safetensors"],
    ]
  ) {
    const { code, err } = await everyclass(["finetune", "--resume", problem.path(run), "--quiet"]);
    assertEquals(code, 1);
    assertStringIncludes(err, part);
  }
});

Deno.test("a run whose folder is gone makes it again, and an evaluation that is stopped leaves nothing", async () => {
  const gone = await everyclass(["finetune", ...problem.flags("gone", SETS)], (line, send) => {
    if (!line.includes("epoch 1 of 4")) return;
    Deno.removeSync(problem.path("gone"), { recursive: true });
    send("SIGINT");
  });
  assertEquals(gone.code, 130, gone.err);
  assertStringIncludes(gone.err, `The run folder ${problem.path("gone")} was gone: it is made again\n`);
  const again = await everyclass(["finetune", "--resume", problem.path("gone")]);
  assertEquals(again.code, 0, again.err);
  const { code, out, err } = await everyclass(
    ["evaluate", ...problem.flags("evaluated")],
    (line, send) => line.startsWith("evaluate:") && send("SIGINT"),
  );
  assertEquals([code, out], [130, ""]);
  assert(err.endsWith("Stopped by the user\n"), err);
  assert(!filesIn(problem.folder).includes("evaluated"));
});
