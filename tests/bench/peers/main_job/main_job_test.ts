import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { mainJobMarkdown } from "../../../../bench/peers/main_job/report.ts";
import { mainJobRows, runMainJobRows } from "../../../../bench/peers/main_job/rows.ts";
import { type MainJob, type OurRun, type TorchRun, torchRun } from "../../../../bench/peers/main_job/run.ts";
import * as peers from "../../../../bench/peers/options.ts";
import { checkTarget, GPU_TARGETS, targetsOf } from "../../../../bench/peers/report/targets.ts";
import { readFlags } from "../../../../train/flags/command_line.ts";
import { UsageError } from "../../../../train/flags/errors.ts";

const comparisonOptions = (args: string[]) =>
  peers.comparisonOptions(readFlags(args, peers.COMPARISON_COMMAND));

function ours(views: string, seconds: number, hMean: number): OurRun {
  const figures = { mean: 42, gMean: 37, hMean, lowest: 8 };
  return {
    views,
    seconds,
    forward: 100,
    retrain: 9,
    figures,
    adapter: "an adapter",
    versions: { deno: "2" },
  };
}

const figures = { mean: 43, gMean: 38, hMean: 32.5, lowest: 8 };
const theirs = { epochs: 40, figures, device: "CPU, 2 threads", cuda: false, versions: { torch: "1.13" } };

const stored = (views: string, seconds: number): TorchRun => ({
  ...theirs,
  views,
  seconds,
  forward: seconds / 2,
  retrain: seconds / 4,
});

const fresh: TorchRun = {
  ...theirs,
  views: "fresh",
  seconds: 300,
  forward: null,
  retrain: null,
  fresh: {
    epochSeconds: 7,
    otherSeconds: 20,
    loader: "tensors in memory",
    triedMsPerBatch: { "tensors in memory": 80, "a DataLoader of 2 workers": 100 },
  },
};

const job: MainJob = {
  date: "2030-01-02",
  seed: 0,
  ours: [ours("4", 150, 31.5), ours("1", 70, 31.5)],
  torch: [stored("4", 60), stored("1", 35), fresh],
};

/** The first and the last cells of the rows, and the lines that say what is engine and what algorithm. */
function comparisons(job: MainJob): string[] {
  const lines = mainJobMarkdown(job).split("\n");
  const cells = lines.filter((line) => /^\| (everyclass|PyTorch)/.test(line)).map((line) =>
    line.split(" | ")
  );
  return [
    ...cells.map((row) => `${row[0].slice(2)}: ${row[1]}: ${row.at(-1)!.replace(/ ?\|$/, "")}`),
    ...lines.filter((line) => line.startsWith("- ")),
  ];
}

Deno.test("main job: the engines are compared by the same views, the algorithms in PyTorch alone", () => {
  assertEquals(comparisons(job), [
    "everyclass, 4 stored views: 150.0: 0.40",
    "everyclass, 1 stored view: 70.0: 0.50",
    "PyTorch, 4 stored views: 60.0: ",
    "PyTorch, 1 stored view: 35.0: ",
    "PyTorch, fresh views: 300.0: ",
    "- Engine, 4 stored views: everyclass has 0.40 of PyTorch's speed.",
    "- Engine, 1 stored view: everyclass has 0.50 of PyTorch's speed.",
    "- Algorithm, in PyTorch alone: fresh views take 5.0 times as long as 4 stored views.",
    "- Algorithm, in PyTorch alone: fresh views take 8.6 times as long as 1 stored view.",
  ]);
});

Deno.test("main job: a time for other views is no time to compare with", () => {
  const [own, , freshRow, ...lines] = comparisons({ ...job, torch: [fresh] });
  assertEquals(own, "everyclass, 4 stored views: 150.0: –");
  assertEquals([freshRow, lines], ["PyTorch, fresh views: 300.0: ", []]);
});

Deno.test("main job: a time that is extrapolated is told as such, without recall figures", () => {
  const some = { ...job, torch: [stored("4", 60), { ...fresh, epochs: 2, figures: null }] };
  const text = mainJobMarkdown(some);
  assertStringIncludes(text, "| PyTorch, fresh views, extrapolated | 300 |  |  | – | – | – | – |");
  assertStringIncludes(text, "PyTorch ran 2 of the 40 epochs");
  assertEquals(mainJobMarkdown(job).includes("extrapolated"), false);
});

Deno.test("main job: without PyTorch its own times stand alone, with the reason", () => {
  const alone = { ...job, torch: { why: "there is none" } };
  assertEquals(comparisons(alone), [
    "everyclass, 4 stored views: 150.0: –",
    "everyclass, 1 stored view: 70.0: –",
  ]);
  assertStringIncludes(mainJobMarkdown(alone), "Without PyTorch: there is none.");
});

Deno.test("main job: PyTorch's seconds leave out the choice of a loader, and stand for all epochs", () => {
  const seconds = { load: 5, choose: 4, views: 0, train: 14, evaluate: 3 };
  const told = {
    ...theirs,
    views: "fresh",
    epochs: 2,
    figures: null,
    seconds,
    loader: "x",
    triedMsPerBatch: { x: 80 },
  };
  const { seconds: whole, fresh, forward } = torchRun(30, told);
  assertEquals([whole, fresh?.epochSeconds, fresh?.otherSeconds, forward], [12 + 40 * 7, 7, 12, null]);
  const parts = { ...seconds, choose: 0, views: 9 };
  assertEquals(torchRun(33, { ...theirs, views: "4", seconds: parts }), {
    ...theirs,
    views: "4",
    seconds: 33,
    forward: 12,
    retrain: 14,
  });
});

Deno.test("main job: in the comparison a workload is a number of views, so that its rows run one algorithm", () => {
  const found = mainJobRows(job, "PyTorch").map(({ workload, peer, ms, rate }) => [workload, peer, ms, rate]);
  assertEquals(found, [
    ["main job, 4 stored views", "everyclass", 150_000, 31.5],
    ["main job, 4 stored views", "PyTorch CPU", 60_000, 32.5],
    ["main job, 1 stored view", "everyclass", 70_000, 31.5],
    ["main job, 1 stored view", "PyTorch CPU", 35_000, 32.5],
    ["main job, fresh views", "PyTorch CPU", 300_000, 32.5],
  ]);
  const alone = mainJobRows({ ...job, torch: { why: "there is none" } }, "PyTorch");
  assertEquals(alone.map(({ peer, ms, why }) => [peer, ms, why]), [
    ["everyclass", 150_000, undefined],
    ["PyTorch", null, "there is none"],
    ["everyclass", 70_000, undefined],
    ["PyTorch", null, "there is none"],
  ]);
});

Deno.test("main job: without data or checkpoint its rows say what it takes", async () => {
  const rows = await runMainJobRows(comparisonOptions(["--data", "somewhere"]), "lane", "PyTorch");
  assertEquals(rows.length, 4);
  for (const { ms, why } of rows) {
    assertEquals(ms, null);
    assertStringIncludes(why!, "--checkpoint");
  }
});

Deno.test("main job: PyTorch's epochs are 1 to 40", () => {
  const epochsOf = (...flags: string[]) => comparisonOptions(flags).torchEpochs;
  assertEquals([epochsOf(), epochsOf("--torch-epochs", "3")], [40, 3]);
  for (const text of ["0", "41", "2.5", "some"]) {
    assertThrows(() => epochsOf("--torch-epochs", text), UsageError, text);
  }
});

Deno.test("main job: where it fails its rows say so, and what was measured before is not lost", async () => {
  const options = comparisonOptions(["--data", "not there", "--checkpoint", "nor this"]);
  const rows = await runMainJobRows(options, "tile", "PyTorch");
  assertEquals(rows.length, 6);
  for (const { ms, why } of rows) assertEquals([ms, why!.includes("os error")], [null, true], why);
});

Deno.test("main job: on a GPU fresh views are to take a minute at most, whatever PyTorch takes", () => {
  const of = (seconds: number) => {
    const rows = mainJobRows(
      { ...job, ours: [ours("fresh", seconds, 31)], torch: { why: "there is none" } },
      "PyTorch",
    );
    return targetsOf(GPU_TARGETS, rows).map((target) => checkTarget(rows, target));
  };
  const none = { ratio: null };
  assertEquals(of(59), [{ ...none, seconds: 59, met: true }]);
  assertEquals(of(61), [{ ...none, seconds: 61, met: false }]);
});

Deno.test("main job: PyTorch on a GPU is another peer than PyTorch on a processor", () => {
  const rows = mainJobRows({ ...job, torch: [{ ...fresh, cuda: true }] }, "PyTorch");
  assertEquals(rows.map(({ peer }) => peer), ["everyclass", "everyclass", "PyTorch CUDA"]);
});
