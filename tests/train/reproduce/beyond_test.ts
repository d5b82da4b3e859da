import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decide } from "../../../train/decision/decide.ts";
import { predict } from "../../../train/decision/predict.ts";
import { beyondRows, choiceRows, crossed } from "../../../train/reproduce/beyond.ts";
import { classMetrics, classRecalls } from "../../../train/results/metrics.ts";
import { everyclass, filesIn } from "../command.ts";
import { draws } from "../decision/draws.ts";
import { Problem } from "../problem.ts";

const classes = 10;
const counts = Uint32Array.from({ length: classes }, (_, c) => Math.ceil(500 / 2 ** c));

/** Test images of a model that favours frequent classes by t log N; looks and models differ in their noise. */
function made(t: number, members: number, seed = 0) {
  const bias = [...counts].map((n) => t * Math.log(n));
  const all = Array.from({ length: members }, (_, i) => draws(1000, classes, seed + i, bias));
  const test = { labels: Uint32Array.from(all[0].labels), classes, counts };
  return { members: all.map(({ logits }) => ({ logits })), test };
}

Deno.test("no image takes part in the choice that it is judged by", () => {
  const { members, test } = made(1, 1);
  const honest = crossed(members, test, 0);
  assert(honest.t > 0.8 && honest.t < 1.4, `${honest.t}`);
  // Labels must not matter to the choice: only to the metrics.
  const wrong = { ...test, labels: test.labels.map((label) => (label + 1) % classes) };
  assertEquals(crossed(members, wrong, 0).t, honest.t);
  assert(crossed(members, wrong, 0).metrics.mean < honest.metrics.mean);
});

Deno.test("rows of a model and of several models together", () => {
  const { members, test } = made(1.5, 4);
  const model = (seed: number) => ({
    before: members.slice(0, 2),
    after: [made(0.2, 2, seed).members, made(0.2, 2, seed + 7).members],
  });
  const rows = beyondRows(new Map([["A", model(20)], ["B", model(40)]]), test);
  assertEquals(rows.map(({ model, way }) => `${model}: ${way}`).filter((name) => !/slope|flip/.test(name)), [
    ...["A: as it came", "A: GML", "A: 2 GML heads on one backbone"],
    ...["B: as it came", "B: GML", "B: 2 GML heads on one backbone"],
    ...["2 models: as they came", "2 models: GML"],
  ]);
  assertEquals(rows.length, 8 * 4);
  const row = (way: string, model = "A") => rows.find((one) => one.model === model && one.way === way)!;
  const plain = (taken: typeof members) =>
    classMetrics(classRecalls(predict(decide(taken, classes).scores, classes), test.labels, classes), counts);
  assertEquals(row("as it came").metrics, [plain(members.slice(0, 1))]);
  assertEquals(row("as it came, flip").metrics, [plain(members.slice(0, 2))]);
  assertEquals(row("GML").metrics.length, 2);
  const [first, second] = [model(20), model(40)].map(({ after }) => after[1]);
  assertEquals(row("GML", "2 models").metrics[1], plain([first[0], second[0]]));
  assert(row("as it came, t by slope").metrics[0].hmean > row("as it came").metrics[0].hmean);
});

Deno.test("points chosen by parts of the images are judged on the rest", () => {
  const { members, test } = made(1, 1);
  const rows = choiceRows("A", members, test);
  assertEquals(rows.map(({ by }) => by), [
    ...[5, 10, 50].map((count) => `${count} labelled images a class`),
    "500 images without labels",
  ]);
  for (const { points, hmeans, best } of rows) {
    assertEquals([points.length, hmeans.length, best.length], [3, 3, 3]);
    hmeans.forEach((hmean, i) => assert(hmean <= best[i]));
  }
  assert(new Set(rows[0].points).size > 1, "all draws of few images choose alike");
});

Deno.test("reproduce beyond: a page of all rows, with as it came and GML as finetune alone comes to", async () => {
  const problem = new Problem();
  const sets = "network=resnet8 views=1 epochs=2 workers=1";
  const alone = await everyclass(["finetune", ...problem.flags("alone", `${sets} tta=none`), "--quiet"]);
  assertEquals(alone.code, 0, alone.err);
  const { code, out, err } = await everyclass([
    ...["reproduce", "beyond", ...problem.flags("beyond", sets, { checkpoint: null })],
    ...[
      "--checkpoint",
      `A=${problem.checkpoint}`,
      "--checkpoint",
      `B=${problem.path("alone/checkpoint.safetensors")}`,
    ],
    ...["--seeds", "2"],
  ]);
  assertEquals(code, 0, err);
  assertEquals(filesIn(problem.path("beyond")), ["beyond.html", "beyond.md", "config.yaml", "summary.json"]);
  const { rows } = JSON.parse(Deno.readTextFileSync(problem.path("beyond/summary.json")));
  const { before, after } = JSON.parse(Deno.readTextFileSync(problem.path("alone/summary.json")));
  const metrics = (way: string) => rows.find((row: { way: string }) => row.way === way).metrics;
  assertEquals(metrics("as it came"), [before]);
  assertEquals(metrics("GML")[0], after);
  assertStringIncludes(out, "2 models");
});
