import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { mainJobMarkdown } from "../../../../bench/peers/main_job/report.ts";
import { mainJobRows, runMainJobRows } from "../../../../bench/peers/main_job/rows.ts";
import type { MainJob, OurRun, TorchRun } from "../../../../bench/peers/main_job/run.ts";
import * as peers from "../../../../bench/peers/options.ts";
import {
  checkTarget,
  GPU_TARGETS,
  SOFTWARE_TARGETS,
  targetsOf,
} from "../../../../bench/peers/report/targets.ts";
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

const torch: TorchRun = {
  seconds: 300,
  epochs: 40,
  epochSeconds: 7,
  otherSeconds: 20,
  loader: "tensors in memory",
  triedMsPerBatch: { "tensors in memory": 80, "a DataLoader of 2 workers": 100 },
  figures: { mean: 43, gMean: 38, hMean: 32.5, lowest: 8 },
  device: "CPU, 2 threads",
  cuda: false,
  versions: { torch: "1.13" },
};

const job: MainJob = {
  date: "2030-01-02",
  seed: 0,
  ours: [ours("4", 150, 31.5), ours("1", 70, 31.5)],
  torch,
};

/** The targets' cells of our runs. */
function verdicts(job: MainJob): string[] {
  return mainJobMarkdown(job).split("\n").filter((line) => line.startsWith("| everyclass"))
    .map((line) => line.split(" | ").slice(-2).join("; ").replace(" |", ""));
}

Deno.test("main job: its table tells times, ratios, and the targets met or not", () => {
  assertEquals(verdicts(job), [
    "2.00; 1.5x: met; H within 0.8: not met",
    "4.29; 4x: met; H within 1.2: met",
  ]);
});

Deno.test("main job: a time that is extrapolated is told as such, without recall figures", () => {
  const some = { ...job, torch: { ...torch, epochs: 2, figures: null } };
  const text = mainJobMarkdown(some);
  assertStringIncludes(text, "| PyTorch, fresh views, extrapolated | 300 |  |  | – | – | – | – |");
  assertStringIncludes(text, "PyTorch ran 2 of its 40 epochs");
  assertEquals(mainJobMarkdown(job).includes("extrapolated"), false);
  assertEquals(verdicts(some)[0], "2.00; 1.5x: met; H within 0.8: not measured");
});

Deno.test("main job: without PyTorch its own times stand alone, with the reason", () => {
  const alone = { ...job, torch: { why: "there is none" } };
  assertEquals(verdicts(alone)[0], "–; 1.5x: not measured; H within 0.8: not measured");
  assertStringIncludes(mainJobMarkdown(alone), "Without PyTorch: there is none.");
});

Deno.test("main job: its rows meet the targets of the comparison as its own table does", () => {
  const rows = mainJobRows(job, "PyTorch");
  const targets = SOFTWARE_TARGETS.filter(({ name }) => name.startsWith("main job"));
  const found = targets.map((target) => [target.name, checkTarget(rows, target).met]);
  assertEquals(Object.fromEntries(found), {
    "main job, 4 stored views": false,
    "main job, 1 stored view": true,
  });
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
  const none = { ratio: null, below: null };
  assertEquals(of(59), [{ ...none, seconds: 59, met: true }]);
  assertEquals(of(61), [{ ...none, seconds: 61, met: false }]);
});

Deno.test("main job: PyTorch on a GPU is not held against the targets for processors", () => {
  const rows = mainJobRows({ ...job, torch: { ...torch, cuda: true } }, "PyTorch");
  assertEquals(rows.map(({ peer }) => peer), ["everyclass", "PyTorch CUDA", "everyclass", "PyTorch CUDA"]);
  assertEquals(targetsOf(SOFTWARE_TARGETS, rows), []);
});
