import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { parseSafetensors, writeSafetensors } from "../../../engine/mod.ts";
import { chanceWarning, tellChance } from "../../../train/results/chance.ts";
import { classesOf, readListCounts } from "../../../train/setup/class_order.ts";
import { classMetrics, classRecalls } from "../../../train/results/metrics.ts";
import { TerminalProgress } from "../../../train/terminal/progress.ts";
import type { Setup } from "../../../train/setup/setup.ts";
import { everyclass } from "../command.ts";
import { Problem, randomState } from "../problem.ts";

const problem = new Problem();
const labels = (count: number) => Array.from({ length: count }, (_, i) => `${i}`);

Deno.test("only a checkpoint of this program tells of its classes", () => {
  const told = { classes: '["ant","bee"]', trainImages: "[7,3]" };
  const none = { names: null, counts: null, numbered: false };
  assertEquals(classesOf({ program: "everyclass", ...told }), {
    names: ["ant", "bee"],
    counts: [7, 3],
    numbered: false,
  });
  assertEquals(classesOf(told), none);
  assertEquals(classesOf({ program: "everyclass" }), none);
  for (const text of ["7", "{", "[true]", "null"]) {
    const metadata = { program: "everyclass", classes: text, trainImages: text };
    assertEquals(classesOf(metadata), none);
  }
  // Earlier versions wrote labels as names, and did not say so.
  const numbered = (classes: string, more = {}) =>
    classesOf({ program: "everyclass", classes, ...more }).numbered;
  assertEquals(numbered('["0","1"]'), true);
  assertEquals(numbered('["0","1"]', { named: "true" }), false);
  assertEquals(numbered('["1","0"]'), false);
  assertEquals(numbered('["1","0"]', { named: "false" }), true);
});

Deno.test("a training list gives the counts; spaces in paths and CRLF are no matter", async () => {
  const file = problem.path("list.txt");
  const read = (text: string) => {
    Deno.writeTextFileSync(file, text);
    return readListCounts(file, 3);
  };
  assertEquals(await read("a/1.jpg 0\r\nb/my photo 2.jpg 2\r\n\na/3.jpg 0"), [2, 0, 1]);
  await assertRejects(
    () => read("a.jpg 0\nb.jpg\n"),
    SyntaxError,
    'current line 2 is "b.jpg": another kind of file',
  );
  await assertRejects(
    () => read("a.jpg 3\n"),
    RangeError,
    "labels below 3, current label of line 1 is 3: the list",
  );
  await assertRejects(
    () => readListCounts(problem.path("none"), 3),
    Error,
    "none: it takes a file, current path leads to none",
  );
});

/** What a model predicts of a test set of an image of each class, and the parts of a setup that tell of the classes. */
function guesses(counts: number[], predicted: (label: number) => number) {
  const labels = Uint32Array.from(counts.keys());
  const predictions = labels.map(predicted);
  const recalls = classRecalls(predictions, labels, counts.length);
  const setup = { dataset: { test: { labels } }, counts: Uint32Array.from(counts) } as unknown as Setup;
  return { evaluation: { predictions, recalls, metrics: classMetrics(recalls, counts) }, setup };
}

function judged(counts: number[], predicted: (label: number) => number): string | null {
  const { evaluation, setup } = guesses(counts, predicted);
  return chanceWarning(evaluation, setup);
}

Deno.test("a checkpoint that guesses is told of, and whether its classes look sorted by size", () => {
  // Sizes that rise and fall, all different, by the rank of each class.
  const rank = (c: number) => (3 * c + 5) % 20;
  const counts = Array.from({ length: 20 }, (_, c) => 1000 - rank(c));
  assertEquals(judged(counts, (c) => c), null);
  assertEquals(judged(counts, (c) => c < 6 ? c : 0), null);
  const likely =
    "if its classes are those of the run sorted by size it is 100.00, so they most likely stand in another order";
  for (const predicted of [rank, (c: number) => 19 - rank(c)]) {
    assertEquals(
      judged(counts, predicted)!.replace(/^Mean recall \d\.\d\d /, ""),
      `of the checkpoint is about that of guessing among 20 classes, 5.00: ${likely}`,
    );
  }
  const guess = judged(counts, () => 3)!;
  assertStringIncludes(
    guess,
    "Mean recall 5.00 of the checkpoint is about that of guessing among 20 classes, 5.00: it may",
  );
  assertStringIncludes(guess, "name it by checkpointList to have the order checked");
  assertStringIncludes(judged([9, 8, 7, 6], () => 0)!, "about that of guessing among 4 classes, 25.00");
  assertEquals(judged([9, 8, 7, 6], (c) => c), null);
});

Deno.test("a checkpoint whose classes are known to stand in the run's order is not told to stand in another", () => {
  const { evaluation, setup } = guesses(Array(20).fill(10), () => 3);
  for (const sameOrder of [true, false]) {
    let told = "";
    const progress = new TerminalProgress({ mode: "lines", write: (text) => told += text });
    tellChance(evaluation, { ...setup, sameOrder }, progress);
    assertEquals(told.startsWith("Mean recall 5.00 of the checkpoint"), !sameOrder, told);
    assertEquals(
      told.startsWith("The model that the run begins with may be guessing: it has 1 of 20"),
      sameOrder,
      told,
    );
  }
});

Deno.test("a run refuses a checkpoint whose classes stand in another order, by its own metadata or its list", async () => {
  // The images of the problem's classes: 100, 46, 21, 10.
  let runs = 0;
  const run = (checkpoint: string, sets = "") =>
    everyclass(["evaluate", ...problem.flags(`order${runs++}`, sets, { checkpoint })]);
  const { state } = parseSafetensors(Deno.readFileSync(problem.checkpoint));
  const own = problem.path("own.safetensors");
  const trainImages = (counts: number[]) => ({ program: "everyclass", trainImages: JSON.stringify(counts) });
  Deno.writeFileSync(own, writeSafetensors(state, trainImages([46, 100, 21, 10])));
  const refused = await run(own);
  assertEquals(refused.code, 1);
  assertStringIncludes(
    refused.err,
    "class 0 has 46 training images there and 100 here: the labels of the run's list",
  );
  for (const counts of [[100, 46, 21, 10], [200, 92, 42, 20]]) {
    Deno.writeFileSync(own, writeSafetensors(state, trainImages(counts)));
    assertEquals((await run(own)).code, 0);
  }

  const list = problem.path("train.txt");
  const write = (counts: number[]) =>
    Deno.writeTextFileSync(list, counts.flatMap((n, label) => Array(n).fill(`a ${label}`)).join("\n"));
  write([10, 21, 46, 100]);
  const other = await run(problem.checkpoint, `checkpointList=${list}`);
  assertEquals(other.code, 1);
  assertStringIncludes(other.err, "class 0 has 10 training images there and 100 here");
  write([100, 46, 21, 10]);
  assertEquals((await run(problem.checkpoint, `checkpointList=${list}`)).code, 0);

  write([50, 23, 10, 5]);
  const unlike = await run(problem.checkpoint, `checkpointList=${list}`);
  assertEquals(unlike.code, 0);
  assertStringIncludes(
    unlike.err,
    "train.txt does not tell the order of the checkpoint's classes: its class counts",
  );

  const none = await everyclass([
    "evaluate",
    ...problem.flags("none", `checkpointList=${list}`, { checkpoint: null }),
  ]);
  assertStringIncludes(none.err, "checkpointList takes null without a checkpoint");
});

Deno.test("a run's own checkpoint tells of its classes", async () => {
  const { code, err } = await everyclass([
    "finetune",
    ...problem.flags("own", "epochs=1 optimizer.schedule.kind=constant"),
  ]);
  assertEquals(code, 0, err);
  const { metadata } = parseSafetensors(Deno.readFileSync(problem.path("own", "checkpoint.safetensors")));
  assertEquals(classesOf(metadata), { counts: [100, 46, 21, 10], names: labels(4), numbered: true });
  const { classes, trainImages } = metadata;
  assertEquals([JSON.parse(classes).length, JSON.parse(trainImages)], [4, [100, 46, 21, 10]]);
});

Deno.test("the layout that a checkpoint has is told", async () => {
  const state = randomState("resnet8", 4);
  const named = new Map([...state].map(([name, tensor]) => [
    name.startsWith("linear.") ? name : `encoder_q.${name}`,
    tensor,
  ]));
  named.set("queue_l", { shape: [2], dtype: "i64", data: new BigInt64Array(2) });
  const checkpoint = problem.path("paco.safetensors");
  Deno.writeFileSync(checkpoint, writeSafetensors(named));
  const { code, err } = await everyclass(["evaluate", ...problem.flags("paco", "", { checkpoint })]);
  assertEquals(code, 0, err);
  assertStringIncludes(
    err,
    "The checkpoint has the layout of PaCo: encoder_q, linear joined; no part of the network and left out: queue",
  );
});
