import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MemoryRows } from "../../../train/features/memory.ts";
import { finetune } from "../../../train/finetune/finetune.ts";
import { lend } from "../../../train/finetune/more_labels.ts";
import { joinRows, trainOn } from "../../../train/finetune/more_rows.ts";
import { asTraining } from "../../../train/finetune/training.ts";
import { type Progress, silent } from "../../../train/progress/progress.ts";
import type { Summary } from "../../../train/results/records.ts";
import { newWork } from "../../../train/saved/work.ts";
import { everyclass } from "../command.ts";
import { Problem, quiet } from "../problem.ts";

const problem = new Problem();
const heard = { progress: quiet, signal: new AbortController().signal };
const listeners = { ...heard, onEpoch: () => {} };

Deno.test("more labels: joined rows are those of the first table, then the chosen ones of the second", () => {
  const own = new MemoryRows(2, Float32Array.of(0, 1, 10, 11, 20, 21));
  const others = new MemoryRows(2, Float32Array.of(100, 101, 110, 111, 120, 121));
  const joined = joinRows(own, others, Uint32Array.of(2, 0));
  assertEquals([joined.count, joined.width], [5, 2]);
  const out = new Float32Array(10);
  joined.gather(Uint32Array.of(3, 1, 4, 0, 3), out);
  assertEquals([...out], [120, 121, 10, 11, 100, 101, 0, 1, 120, 121]);
});

Deno.test("more labels: a trial lends so many of each class, judges by the others, and draws anew for another seed", () => {
  const labels = Uint32Array.from({ length: 60 }, (_, i) => i % 4 === 3 ? 0 : i % 3);
  const { lent, rest } = lend(labels, 3, 5, 7);
  for (const label of [0, 1, 2]) assertEquals(lent.filter((place) => labels[place] === label).length, 5);
  assertEquals([...lent, ...rest].sort((a, b) => a - b), [...labels.keys()]);
  assertEquals(lend(labels, 3, 5, 7), { lent, rest });
  assert(lend(labels, 3, 5, 8).lent.join() !== lent.join());
});

Deno.test("more labels: trials change nothing of the run, and without further images train its classifier", async () => {
  const sets = "classifier=warm featureBank=memory tta=flip";
  const { setup: opened, config } = await problem.setUp(`${sets} moreLabels=5`);
  using setup = opened;
  const work = newWork();
  const found = await finetune(setup, config, work, listeners);
  const plain = newWork();
  const without = await finetune(setup, { ...config, moreLabels: 0 }, plain, listeners);
  assertEquals(work.state, plain.state);
  assertEquals(found.after, without.after);
  assertEquals(without.moreLabels, null);

  const { images, trials, gains } = found.moreLabels!;
  assertEquals([images, trials], [5, 3]);
  for (const { low, value, high } of Object.values(gains!)) {
    assert(low >= -1 && low < high && high <= 1 && Math.abs(value) < 1, `${low} ${value} ${high}`);
  }

  const run = { setup, config: asTraining(config), name: "again", ...heard };
  const again = await trainOn({ views: work.views, labels: setup.train.labels }, work.testFeatures, run);
  assertEquals(again.members, found.members.after);
  assertEquals(again.counts, setup.counts);

  // A class of 30 test images lends 20 at most, as it keeps ten to be judged by.
  for (const [moreLabels, expected] of [[20, 3], [21, 0]]) {
    const { moreLabels: told } = await finetune(setup, { ...config, moreLabels }, work, listeners);
    assertEquals([told!.trials, told!.gains === null], [expected, expected === 0]);
  }
});

Deno.test("more labels: a run that is stopped in a trial keeps its classifier, and goes on to the same gain", async () => {
  const { setup: opened, config } = await problem.setUp("featureBank=memory moreLabels=4");
  using setup = opened;
  const whole = newWork();
  const { moreLabels } = await finetune(setup, config, whole, listeners);
  const stop = new AbortController();
  const progress: Progress = {
    ...silent,
    meter(name, total, options) {
      if (name.includes("trial 2")) stop.abort(new Error("stopped in a trial"));
      return silent.meter(name, total, options);
    },
  };
  const work = newWork();
  const run = finetune(setup, config, work, { ...listeners, progress, signal: stop.signal });
  await assertRejects(() => run, Error, "stopped in a trial");
  assertEquals(work.state, whole.state);
  assertEquals((await finetune(setup, config, work, listeners)).moreLabels, moreLabels);
});

Deno.test("more labels: a run tells them in its plan, its summary and its verdict", async () => {
  const { code, out, err } = await everyclass(["finetune", ...problem.flags("run", "moreLabels=4")]);
  assertEquals(code, 0, err);
  assertStringIncludes(err, "4 more labels, trial 3 of 3: ");
  assertStringIncludes(err, "step 7 of 7 done");
  assert(/^(With|No promise of) 4 more labelled images of each class/m.test(out), out);
  const text = Deno.readTextFileSync(problem.path("run", "summary.json"));
  const { moreLabels, verdict } = JSON.parse(text) as Summary;
  assertEquals([moreLabels!.images, moreLabels!.trials], [4, 3]);
  assert(verdict!.sentences.some((sentence) => sentence.includes("4 more labelled images")));
});

Deno.test("more labels: views that are not stored have no trials", async () => {
  for (const sets of ["views=fresh", "statistics=updated"]) {
    const { code, err } = await everyclass(["finetune", ...problem.flags("none", `moreLabels=4 ${sets}`)]);
    assertEquals(code, 1);
    assertStringIncludes(err, "moreLabels");
    assertStringIncludes(err, "stored features");
  }
});
