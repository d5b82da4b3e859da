import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseSafetensors, writeSafetensors } from "../../../engine/mod.ts";
import type { Summary } from "../../../train/results/records.ts";
import { beginIndex, everyclass, filesIn, isIndexed } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();
// Little is learned, so that where a run begins shows in what it comes to.
const SETS = "network=resnet8 views=1 optimizer.lr=0.001";

Deno.test("figures: one page and a file for each model, with what finetune alone comes to", async () => {
  const alone = await everyclass(["finetune", ...problem.flags("alone", SETS), "--quiet"]);
  assertEquals(alone.code, 0, alone.err);
  const second = problem.path("alone/checkpoint.safetensors");
  // The first model's classifier is of no use to the others.
  const { state } = parseSafetensors(Deno.readFileSync(problem.checkpoint));
  const { data } = state.get("linear.weight")!;
  data.forEach((weight, i) => data[i] = -weight);
  const turned = problem.path("turned.safetensors");
  Deno.writeFileSync(turned, writeSafetensors(state));
  beginIndex(problem.folder);
  const { code, out, err } = await everyclass([
    ...["reproduce", "figures", ...problem.flags("figures", SETS, { checkpoint: null })],
    ...["--checkpoint", `Turned=${turned}`, "--checkpoint", `Again=${second}`],
    ...["--checkpoint", problem.checkpoint],
  ]);
  assertEquals(code, 0, err);
  assertEquals(filesIn(problem.path("figures")), [
    ...["Again.csv", "Again.svg", "Turned.csv", "Turned.svg", "config.yaml", "figures.html"],
    ...["stage1.csv", "stage1.svg", "summary.json"],
  ]);
  assert(isIndexed(problem.folder, "figures"));
  const { models } = JSON.parse(Deno.readTextFileSync(problem.path("figures/summary.json")));
  const { before, after }: Summary = JSON.parse(
    Deno.readTextFileSync(problem.path("alone/summary.json")),
  );
  // A checkpoint comes to what it would have come to as the first.
  assertEquals(models[2], { name: "stage1", before, after });
  assertEquals(models[1].before, after);
  assert(models[0].after.mean < after!.mean - 5, "a turned classifier does no harm, so this shows nothing");
  assertStringIncludes(out, `stage1 after   ${after!.mean.toFixed(2)}`);
});

Deno.test("figures: the page is whole and loads nothing", () => {
  const html = Deno.readTextFileSync(problem.path("figures/figures.html"));
  assertEquals(/<script|<link|<img|@import|https?:/i.exec(html), null);
  const headings = [...html.matchAll(/<h2>(.*)<\/h2>/g)].map(([, heading]) => heading);
  assertEquals(headings.slice(0, 4), [
    "The models",
    "Figure 1. Turned",
    "Figure 2. Again",
    "Figure 3. stage1",
  ]);
  const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  assertEquals(ids.length, new Set(ids).size);
  assertEquals(ids.filter((id) => /^recalls\d$/.test(id)), ["recalls1", "recalls2", "recalls3"]);
});

Deno.test("figures: an SVG file stands alone, its colours written out", () => {
  const svg = Deno.readTextFileSync(problem.path("figures/stage1.svg"));
  assertMatch(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assertEquals(/var\(|undefined|NaN|inherit|<script/.exec(svg)?.[0], undefined);
  assertEquals(svg.split("http").length, 2);
  for (const part of ["<title>stage1: recall of every class before and after GML</title>", "a loss"]) {
    assertStringIncludes(svg, part);
  }
  assert(svg.includes('fill="#1d6a72"'), "the bars after have no colour");
  assert(svg.endsWith("</svg>\n"));
});

Deno.test("figures: models that cannot be drawn are told before the first is trained", async () => {
  const run = (...flags: string[]) =>
    everyclass([
      ...["reproduce", "figures", ...problem.flags("none", SETS, { checkpoint: null }), ...flags],
    ]);
  const missing = problem.path("missing.pt");
  const cases: [flags: string[], part: string][] = [
    [[], "none is given"],
    [
      ["--checkpoint", `a=${problem.checkpoint}`, "--checkpoint", `b=${missing}`],
      "it takes a file, current path leads to none",
    ],
    [["--checkpoint", `a=${problem.checkpoint}`, "--checkpoint", "a=b.pt"], "Cannot take a twice"],
  ];
  for (const [flags, part] of cases) {
    const { code, err } = await run(...flags);
    assertEquals(code, 1);
    assertStringIncludes(err, part);
    assert(!/evaluate stage 1/.test(err), err);
  }
  assert(!filesIn(problem.folder).includes("none"));
});
