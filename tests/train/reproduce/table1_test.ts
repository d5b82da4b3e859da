import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { NonFiniteError } from "../../../engine/mod.ts";
import type { TableSummary } from "../../../train/reproduce/table1_summary.ts";
import type { Summary } from "../../../train/results/records.ts";
import { beginIndex, everyclass, filesIn, type Finished, isIndexed } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();
// So small a rate leaves all rows different.
const SETS = "network=resnet8 views=2 optimizer.lr=0.002";

/** The command line of a table of the made-up problem in a folder of this name. */
const table = (name: string, ...flags: string[]) => [
  ...["reproduce", "table1", ...problem.flags(name, SETS), ...flags],
];

function summaryOf(run: string): TableSummary {
  return JSON.parse(Deno.readTextFileSync(problem.path(run, "summary.json")));
}

/** The stages that went through the backbone, such as `view 1 of 2`. */
function extractions({ err }: Finished): string[] {
  return [...err.matchAll(/^(.*): [\d,]+ images in /gm)].map(([, stage]) => stage);
}

Deno.test("table 1: a run leaves one page, and computes the features of a seed's views once", async () => {
  beginIndex(problem.folder);
  const finished = await everyclass(table("whole", "--seeds", "2"));
  assert(isIndexed(problem.folder, "whole"));
  assertEquals(finished.code, 0, finished.err);
  assertEquals(filesIn(problem.path("whole")), ["config.yaml", "summary.json", "table1.html", "table1.md"]);
  const views = ["view 1 of 2", "view 2 of 2"];
  assertEquals(extractions(finished), ["evaluate stage 1", ...views, ...views]);
  assertStringIncludes(finished.out, `Page: ${problem.path("whole/table1.html")}`);
  assertStringIncludes(finished.out, "CE re-sampling, reinit");
  assertStringIncludes(
    Deno.readTextFileSync(problem.path("whole/config.yaml")),
    `deno task reproduce table1 --seeds 2 --ablations quick --config ${problem.path("whole/config.yaml")}`,
  );
});

Deno.test("table 1: every row is, to the bit, what finetune makes of it alone", async () => {
  const { rows, before, seeds } = summaryOf("whole");
  assertEquals(seeds, [0, 1]);
  const alone = async (sets: string): Promise<Summary> => {
    const name = sets.replaceAll(" ", ",");
    const { code, err } = await everyclass([
      ...["finetune", ...problem.flags(name, `${SETS} seed=1 ${sets}`), "--quiet"],
    ]);
    assertEquals(code, 0, err);
    return JSON.parse(Deno.readTextFileSync(problem.path(name, "summary.json")));
  };
  const second = (id: string) => rows.find((row) => row.id === id)!.runs[1];
  const gml = await alone("loss=gml ensemble={}");
  assertEquals([before, second("gml warm")], [gml.before, gml.after!]);
  assertEquals(second("gml warm ensemble=1/1"), gml.ensemble!);
  const sampled = await alone("loss=ce sampler=class-balanced classifier=reinit");
  assertEquals(second("re-sampling reinit"), sampled.after!);
  const softmax = await alone("loss=balanced-softmax");
  assertEquals(second("balanced-softmax warm"), softmax.after!);
  assertEquals(second("gml warm views=1"), (await alone("views=1")).after!);
});

Deno.test("table 1: the summary has a row for everything that was tried, with mean and deviation", () => {
  const { rows } = summaryOf("whole");
  assertEquals(rows.map(({ id }) => id), [
    ...["gml warm", "gml warm ensemble=1/1", "gml warm ensemble=1/2", "gml warm ensemble=1/4"],
    ...["gml warm ensemble=0.5/1", "gml warm ensemble=2/1"],
    ...["balanced-softmax reinit", "ce-weighted reinit", "re-sampling reinit"],
    ...["gml reinit", "balanced-softmax warm", "ce-weighted warm", "re-sampling warm", "gml warm views=1"],
  ]);
  for (const { runs: [first, second], mean, deviation } of rows) {
    // Two values differ from their mean by half their difference each.
    assert(Math.abs(mean.mean - (first.mean + second.mean) / 2) < 1e-3);
    assert(Math.abs(deviation.mean! - Math.abs(first.mean - second.mean) / Math.SQRT2) < 1e-3);
    assertEquals([mean.many, deviation.many], [null, null]);
  }
});

Deno.test("table 1: Ctrl-C keeps the features and the rows, and --resume ends as if nothing had been", async () => {
  const stopped = await everyclass(
    table("stopped", "--seeds", "2", "--ablations", "all"),
    (line, send) => line.includes("seed 1: balanced softmax") && send("SIGINT"),
  );
  assertEquals([stopped.code, stopped.out], [130, ""], stopped.err);
  const folder = problem.path("stopped");
  assertEquals(filesIn(folder), ["config.yaml", "work-before.safetensors", "work.safetensors"]);
  assert(stopped.err.endsWith(`To go on:\n  deno task reproduce table1 --resume ${folder}\n`), stopped.err);

  for (
    const [flags, part] of [
      [["--seeds", "3"], "Cannot take --seeds with --resume"],
      [["--ablations", "none"], "Cannot take --ablations with --resume"],
      [["--set", "epochs=2"], "has other epochs (3, not 2)"],
    ] as const
  ) {
    const refused = await everyclass(["reproduce", "table1", "--resume", folder, ...flags]);
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.err, part);
  }

  const resumed = await everyclass(["reproduce", "table1", "--resume", folder, "--json"]);
  assertEquals(resumed.code, 0, resumed.err);
  assertEquals(extractions(resumed), []);
  assert(!resumed.err.includes("seed 0"), resumed.err);
  const rows = JSON.parse(resumed.out).rows as TableSummary["rows"];
  assertEquals(rows.filter(({ id }) => id !== "gml warm statistics=updated"), summaryOf("whole").rows);
  assertEquals(rows.length, summaryOf("whole").rows.length + 1);
  assertEquals(filesIn(folder).includes("work.safetensors"), false);
});

Deno.test("table 1: updated statistics have views and test features of their own, like finetune's", async () => {
  const flags = [...problem.flags("updated", `${SETS} seed=1 statistics=updated`), "--quiet"];
  const { code, err } = await everyclass(["finetune", ...flags]);
  assertEquals(code, 0, err);
  const { after } = JSON.parse(Deno.readTextFileSync(problem.path("updated/summary.json")));
  const { rows } = summaryOf("stopped");
  assertEquals(rows.find(({ id }) => id === "gml warm statistics=updated")!.runs[1], after);
});

Deno.test("table 1: flags that make no table are refused before anything is read", async () => {
  const refusals: [flags: string[], part: string][] = [
    [["--set", "loss=ce"], "Cannot set loss: the rows of the table set"],
    [["--set", "ensemble.temperatureNew=2"], "Cannot set ensemble"],
    [["--set", "views=fresh"], "it takes a number of stored views, current is fresh"],
    [["--seeds", "0"], "a whole number from 1 to 1000"],
    [["--seeds", "2", "--seed", "4294967295"], "seeds of at most 4294967295"],
    [["--ablations", "some"], "none, quick, all"],
    [["--resume", problem.path("nothing")], "--out with --resume"],
  ];
  for (const [flags, part] of refusals) {
    const { code, out, err } = await everyclass(table("refused", ...flags));
    assertEquals([code, out], [1, ""]);
    assertStringIncludes(err, part);
  }
  assert(!filesIn(problem.folder).includes("refused"));
});

Deno.test("table 1: one that breaks by its own numbers keeps the rows before and says so; without rows it leaves nothing", async () => {
  const first = await everyclass([...table("broken at once"), "--set", "optimizer.lr=1e30", "--seeds", "1"]);
  assertEquals(first.code, 1, first.err);
  assertStringIncludes(first.err, "Cannot go on with epoch 1: it takes finite numbers");
  const path = problem.path("broken at once");
  assertStringIncludes(first.err, `Nothing is kept in ${path}: there is nothing to go on from\n`);
  assert(!filesIn(problem.folder).includes("broken at once"));

  const words = table("broken later", "--seeds", "1", "--ablations", "none");
  let rows = 0;
  const later = await everyclass(words, (line) => {
    if (line.includes("re-train with seed 0: ") && ++rows === 2) throw new NonFiniteError("NaN in a row");
  });
  const folder = problem.path("broken later");
  assertEquals([later.code, rows], [1, 2], later.err);
  assertStringIncludes(
    later.err,
    `The rows before are kept in ${folder}; the table would fail there again. To try it on another device:\n` +
      `  deno task reproduce table1 --resume '${folder}'\n`,
  );
  const again = await everyclass(["reproduce", "table1", "--resume", folder]);
  assertEquals(again.code, 0, again.err);
  assert(!/seed 0: GML, warm/.test(again.err), again.err);
  assertEquals(filesIn(folder), ["config.yaml", "summary.json", "table1.html", "table1.md"]);
});

Deno.test("table 1: images that are gone amid it leave the features and the way to go on", async () => {
  const name = "gone";
  const lost = await everyclass(table(name, "--seeds", "1", "--ablations", "none"), (line) => {
    if (line.includes("view 2 of 2: ")) throw new Error("the images are gone");
  });
  assertEquals(lost.code, 1, lost.err);
  assertStringIncludes(lost.err, "Stopped; the features and the rows that were done are kept. To go on:\n");
  const again = await everyclass(["reproduce", "table1", "--resume", problem.path(name)]);
  assertEquals([again.code, extractions(again).includes("view 1 of 2")], [0, false], again.err);
});
