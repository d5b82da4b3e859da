// The page of the table, from made-up results.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { configSchema } from "../../../train/config/schema/finetune.ts";
import { classMetrics } from "../../../train/results/metrics.ts";
import { asHtml, asMarkdown } from "../../../train/reproduce/document.ts";
import { tableRows } from "../../../train/reproduce/rows.ts";
import { newTableWork } from "../../../train/reproduce/table1.ts";
import { tableDocument } from "../../../train/reproduce/table1_document.ts";
import { summarise, type TableSummary } from "../../../train/reproduce/table1_summary.ts";
import { ensembleId } from "../../../train/reproduce/rows.ts";
import type { Ablations } from "../../../train/flags/flags.ts";

const SEEDS = [4, 5];

/** The config of the paper's task, or another one. */
function configOf(data: object = { source: "cifar100" }, views = 4) {
  const config = configSchema.parse({
    data,
    network: "resnet32",
    checkpoint: "/models/ce.pt",
    epochs: 40,
    views,
  });
  return { ...config, views };
}

/** A summary in which the n-th row has mean recalls of n and n + 1 per cent with the two seeds. */
function summaryOf(ablations: Ablations, views: number, seeds = SEEDS): TableSummary {
  const rows = tableRows(ablations, views);
  const ids = rows.flatMap(({ id, ensembles }) => [id, ...ensembles.map((t) => ensembleId(id, t))]);
  const recalls = (percent: number) => classMetrics([percent / 100, percent / 100], [200, 50]);
  const work = newTableWork();
  work.before = recalls(50);
  work.results = ids.flatMap((row, n) =>
    seeds.map((seed, i) => ({ row, seed, metrics: recalls(n + 1 + i) }))
  );
  const setup = {
    device: { adapter: "an adapter | of two", family: "lane" },
    train: { count: 10847 },
    dataset: { test: { count: 10000 } },
  } as unknown as Parameters<typeof summarise>[0]["setup"];
  return summarise({ setup, rows, seeds }, work, { load: 1, features: 600, retrain: 90, total: 700 });
}

function markdownOf(ablations: Ablations, config = configOf(), seeds = SEEDS): string {
  const summary = summaryOf(ablations, config.views, seeds);
  return asMarkdown(tableDocument(summary, config, { date: new Date(0), flags: "--seeds 2" }));
}

/** The cells of a Markdown table's rows under a heading. */
function cellsOf(text: string, heading: string): string[][] {
  const section = text.split(/^## /m).find((part) => part.startsWith(heading))!;
  return section.split("\n").filter((line) => line.startsWith("| ")).map((line) =>
    line.slice(2, -2).split(/ +\| +/).map((cell) => cell.trim())
  ).filter((_, i) => i !== 1);
}

Deno.test("table 1: our mean and deviation, the paper's numbers and PyTorch's stand under each other", () => {
  const rows = cellsOf(markdownOf("quick"), "The rows of the table");
  assertEquals(rows, [
    ["re-training", "by", "mean", "G-mean", "H-mean", "lowest"],
    ["stage 1 as it is", "everyclass", "50.00", "50.00", "50.00", "50.00"],
    ["", "PyTorch", "38.73", "22.36", "3.46", "0.00"],
    ["GML, warm", "everyclass", ...Array(4).fill("1.50 ± 0.71")],
    ["", "PyTorch", "42.77 ± 0.06", "37.97 ± 0.06", "32.33 ± 0.06", "8.00 ± 0.00"],
    ["", "paper", "–", "36.59", "31.26", "6.00"],
    // The five ensembles are the second to the sixth of the made-up results.
    ["balanced softmax, reinit", "everyclass", ...Array(4).fill("7.50 ± 0.71")],
    ["", "PyTorch", "41.93 ± 0.21", "36.10 ± 0.20", "29.33 ± 0.68", "6.00 ± 2.65"],
    ["", "paper", "–", "35.30", "27.55", "4.00"],
    ["CE weighted by 1/N, reinit", "everyclass", ...Array(4).fill("8.50 ± 0.71")],
    ["", "PyTorch", "41.23 ± 0.12", "29.93 ± 0.35", "15.30 ± 1.57", "1.33 ± 0.58"],
    ["CE re-sampling, reinit", "everyclass", ...Array(4).fill("9.50 ± 0.71")],
    ["", "PyTorch", "41.30 ± 0.00", "30.27 ± 0.46", "15.93 ± 2.06", "1.33 ± 0.58"],
    ["", "paper", "–", "30.84", "18.52", "2.00"],
  ]);
});

Deno.test("table 1: each ablation has a section with the rows to compare", () => {
  const text = markdownOf("all");
  const names = (heading: string) => cellsOf(text, heading).slice(1).map(([name]) => name).filter(Boolean);
  const methods = ["GML", "balanced softmax", "CE weighted by 1/N", "CE re-sampling"];
  assertEquals(names("Warm or anew"), methods.flatMap((name) => [`${name}, warm`, `${name}, reinit`]));
  assertEquals(
    names("Number of stored views"),
    ["1 view", "2 views", "4 views"].map((views) => `GML, warm, ${views}`),
  );
  assertEquals(names("Ensemble temperatures").length, 6);
  assertEquals(cellsOf(text, "Ensemble temperatures")[0].includes("by"), false);
  assertEquals(names("Batch-norm statistics"), [
    "GML, warm, frozen statistics",
    "GML, warm, updated statistics",
  ]);
  const headings = (ablations: Ablations) =>
    [...markdownOf(ablations).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  assertEquals(headings("none"), ["The rows of the table", "Machine", "How to repeat it"]);
  assertEquals(headings("quick").includes("Batch-norm statistics"), false);
});

Deno.test("table 1: the paper's numbers stand only beside its own task", () => {
  for (const data of [{ source: "cifar100", ratio: 50 }, { source: "cifar10" }]) {
    const text = markdownOf("quick", configOf(data));
    for (const part of ["31.26", "PyTorch", "CVPR"]) assertEquals(text.includes(part), false, part);
  }
});

Deno.test("table 1: a single seed has no deviation", () => {
  const [, , , gml] = cellsOf(markdownOf("none", configOf(), [0]), "The rows of the table");
  assertEquals(gml, ["GML, warm", "everyclass", "1.00", "1.00", "1.00", "1.00"]);
});

Deno.test("table 1: the page says what was done, where, how long it took and how to repeat it", () => {
  const config = configOf();
  const page = tableDocument(summaryOf("quick", 4), config, { date: new Date(0), flags: "--seeds 2" });
  const [text, html] = [asMarkdown(page), asHtml(page, "name: made-up\n")];
  for (
    const part of [
      "The classifier of a ResNet-32 from ce.pt, re-trained in the ways of the paper's Table 1, 40 epochs each, on " +
      "CIFAR-100 cut to a long tail of ratio 100 (10,847 training images), on 4 stored views of every image",
      "Means over 2 seeds (4, 5)",
      "deno task reproduce table1 --checkpoint FILE --data DIR --seeds 2",
      "11 min 40 s: features 10 min 00 s, re-training 1 min 30 s for 20 runs",
    ]
  ) {
    assertStringIncludes(text, part);
    assertStringIncludes(html, part.replaceAll("'", "&#39;"));
  }
  // Machine paths belong to the HTML's config alone.
  assert(!text.includes("/models"));
  assertStringIncludes(html, "name: made-up");
  assertEquals(/<script|<link|<img|@import|https?:/i.exec(html), null);
  assertEquals([...html.matchAll(/<tr class="reference">/g)].length, 11);
});
