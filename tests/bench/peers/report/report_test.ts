import { assertEquals, assertStringIncludes } from "@std/assert";
import { threeDigits } from "../../../../bench/peers/report/numbers.ts";
import { reportJson, reportMarkdown } from "../../../../bench/peers/report/report.ts";
import { agreedByNone } from "../../../../bench/peers/ratios.ts";
import { report, row } from "../comparison.ts";

/** The lines of all tables. */
const tableLines = (text: string) =>
  text.split("\n").filter((line) => line.startsWith("|") && !line.startsWith("| ---"));

Deno.test("bench report: shares, milliseconds and targets stand in tables", () => {
  const text = reportMarkdown(report);
  assertStringIncludes(text, "2030-01-02, an adapter; a machine; everyclass 1, deno 2.");
  assertStringIncludes(text, "175 GFLOP/s of multiply-adds, 8.12 GB/s of copies");
  assertEquals(tableLines(text), [
    "| workload | ms | rate | of the bound | best peer | its ms | of its rate |",
    "| a | 10.0 | 100 GFLOP/s | 35 % | fast | 4.00 | 40 % |",
    "| b | 0.5 | 2000 GFLOP/s | 5.4 % | fast | 1.00 | 200 % |",
    "| workload | everyclass | slow | fast |",
    "| a | 10.0 | 250 \\* | 4.00 |",
    "| b | 0.5 | – | 1.00 |",
    "| workload | against | at least | measured |  |",
    "| a | slow | 20x | 25.0x | results differ |",
    "| a | fast | 0.5x | 0.4x | not met |",
    "| both | slow | 2x | – | not measured |",
    "| a | the clock | at most 0.02 s | 0.01 s | met |",
  ]);
  assertStringIncludes(reportMarkdown({ ...report, ceiling: null }), "bound was not measured");
});

Deno.test("bench report: a peer of several settings counts by its best, which is named; networks show all", () => {
  const unit = "images/s", agrees = true;
  const rows = [
    row("net", "everyclass", 10, { unit }),
    row("net", "torch", 5, { unit, agrees, setting: "eager", why: "two threads" }),
    row("net", "torch", 2, { unit, agrees, setting: "channels_last", why: "two threads" }),
    row("net", "torch", 1, { unit, agrees: false, setting: "JIT", why: "two threads" }),
    row("op", "everyclass", 10),
    row("op", "torch", 4, { agrees, setting: "eager", why: "two threads" }),
    row("net", "onnx", null, { unit, why: "none here" }),
  ];
  const text = reportMarkdown({ ...report, targets: [], rows });
  assertEquals(tableLines(text), [
    "| workload | ms | rate | of the bound | best peer | its ms | of its rate |",
    "| net | 10.0 | 100 images/s | – | torch, channels_last | 2.00 | 20 % |",
    "| op | 10.0 | 100 GFLOP/s | – | torch, eager | 4.00 | 40 % |",
    "| images/s | net |",
    "| everyclass | 100 |",
    "| torch, eager | 200 (2.00x ours) |",
    "| torch, channels_last | 500 (5.00x ours) |",
    "| torch, JIT | 1000 (10.0x ours) \\* |",
    "| onnx | – |",
    "| workload | everyclass | torch | its setting | onnx |",
    "| net | 10.0 | 2.00 | channels_last | – |",
    "| op | 10.0 | 4.00 | eager |  |",
  ]);
  const remarks = text.split("\n").filter((line) => line.startsWith("- "));
  assertEquals(remarks, [
    "- torch: two threads (all workloads)",
    "- onnx, not measured: none here (all workloads)",
  ]);
});

Deno.test("bench report: what a peer says of its workloads stands below, once", () => {
  const remarks = reportMarkdown(report).split("\n").filter((line) => line.startsWith("- "));
  assertEquals(remarks, [
    "- fast: two threads (all workloads)",
    "- slow, not measured: no such op (b)",
  ]);
});

Deno.test("bench report: what most workloads share is told by those that do not", () => {
  const rows = ["a", "b", "c, d", "e"].map((name) =>
    row(name, "peer", 1, { why: name === "b" ? "slow" : "fast" })
  );
  const remarks = reportMarkdown({ ...report, rows }).split("\n").filter((line) => line.startsWith("- "));
  assertEquals(remarks, ["- peer: fast (all but b)", "- peer: slow (b)"]);
});

Deno.test("bench report: a reason of several lines stays on one", () => {
  const rows = [row("a", "peer", null, { why: "not there\n    0: no network" })];
  assertStringIncludes(
    reportMarkdown({ ...report, rows }),
    "- peer, not measured: not there 0: no network (all",
  );
});

Deno.test("bench report: a result of ours that no peer has is told apart from one that a peer gets wrong", () => {
  const of = (workload: string, peer: string, agrees: boolean | null) => row(workload, peer, 1, { agrees });
  const rows = [
    ...[of("a", "everyclass", true), of("a", "x", false), of("a", "y", true)],
    ...[of("b", "everyclass", true), of("b", "x", false), of("b", "y", null)],
    ...[of("c", "everyclass", true), of("c", "x", null)],
  ];
  assertEquals(agreedByNone(rows), ["b"]);
});

Deno.test("bench report: a result that differs is explained only where there is one", () => {
  const differs = "its result differs from ours";
  assertStringIncludes(reportMarkdown(report), differs);
  const rows = report.rows.map((row) => ({ ...row, agrees: true }));
  assertEquals(reportMarkdown({ ...report, rows }).includes(differs), false);
});

Deno.test("bench report: JSON holds the rows with ratios and targets worked out", () => {
  const { rows, ratios, shares, targets } = JSON.parse(reportJson(report));
  assertEquals(shares, [
    { workload: "a", ofBound: 0.35, bestPeer: "fast", ofBestPeer: 0.4 },
    { workload: "b", ofBound: 0.054, bestPeer: "fast", ofBestPeer: 2 },
  ]);
  assertEquals(rows, report.rows);
  assertEquals(ratios, [
    { workload: "a", peer: "slow", ratio: 25 },
    { workload: "a", peer: "fast", ratio: 0.4 },
    { workload: "b", peer: "slow", ratio: null },
    { workload: "b", peer: "fast", ratio: 2 },
  ]);
  assertEquals(targets.map(({ met }: { met: boolean | null }) => met), [null, false, null, true]);
});

Deno.test("bench report: numbers have three digits, and no exponent", () => {
  assertEquals([1234.5, 99.96, 9.994, 0.0123].map(threeDigits), ["1235", "100.0", "9.99", "0.012"]);
});
