// The commands as functions: the same bits as the program, values and calls in place of files and print.

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { loadDataset, newImageSet } from "../../../data/mod.ts";
import { evaluate, finetune, train } from "../../../train/mod.ts";
import { summaryJson } from "../../../train/results/records.ts";
import { everyclass } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();
const cache = problem.path("cache");

/** The keys of the problem's runs, as a program would give them. */
const keys = {
  epochs: 3,
  batch: 59,
  optimizer: { schedule: { kind: "constant" as const } },
  data: { source: "idx", dir: problem.data, ratio: 10, augment: { pad: 1 } },
};

/** Runs a function and returns what it wrote to the terminal beside its result. */
async function printed<T>(run: () => Promise<T>): Promise<[T, string]> {
  let text = "";
  const [log, error, out, err] = [console.log, console.error, Deno.stdout.writeSync, Deno.stderr.writeSync];
  const note = (...parts: unknown[]) => void (text += parts.join(" "));
  const write = (bytes: Uint8Array) => (text += new TextDecoder().decode(bytes), bytes.length);
  Object.assign(console, { log: note, error: note });
  Object.assign(Deno.stdout, { writeSync: write });
  Object.assign(Deno.stderr, { writeSync: write });
  try {
    return [await run(), text];
  } finally {
    Object.assign(console, { log, error });
    Object.assign(Deno.stdout, { writeSync: out });
    Object.assign(Deno.stderr, { writeSync: err });
  }
}

Deno.test("finetune returns what the command writes, calls on its way, and prints nothing", async () => {
  const { code, err } = await everyclass(["finetune", ...problem.flags("command", "ensemble={}"), "--quiet"]);
  assertEquals(code, 0, err);
  const [epochs, pieces, told]: [number[], Map<string, number>, string[]] = [[], new Map(), []];
  const planned: string[] = [];
  const [result, text] = await printed(() =>
    finetune({ ...keys, checkpoint: problem.checkpoint, ensemble: {} }, {
      cache,
      onEpoch: ({ epoch }) => void epochs.push(epoch),
      onPlan: (pieces) => void planned.push(...pieces.map(({ name }) => name)),
      onProgress: ({ name, done, total }) => void pieces.set(name, done / total),
      onMessage: (line) => void told.push(line),
    })
  );
  assertEquals(result.checkpoint, Deno.readFileSync(problem.path("command", "checkpoint.safetensors")));
  const summary = JSON.parse(Deno.readTextFileSync(problem.path("command", "summary.json")));
  for (const model of ["before", "after", "ensemble"] as const) {
    assertEquals(JSON.parse(summaryJson(result[model]!)), summary[model]);
  }
  assertEquals([epochs, result.epochs.map(({ epoch }) => epoch)], [[1, 2, 3], [1, 2, 3]]);
  assertEquals(planned, [...pieces.keys()]);
  assertEquals([...pieces.keys()], ["evaluate stage 1", "view 1 of 2", "view 2 of 2", "re-train"]);
  assertEquals([...new Set(pieces.values())], [1]);
  assert(told.some((line) => line.startsWith("re-train: epoch 3 of 3")), told.join("\n"));
  assertEquals(text, "");

  const { metrics, predictions, logits, classes } = await evaluate(
    { data: keys.data, checkpoint: result.checkpoint },
    { cache },
  );
  assertEquals(metrics, result.after);
  assertEquals([predictions, logits.length], [result.predictions, 120 * 4]);
  assertEquals(classes.map(({ before }) => before), result.classes.map(({ after }) => after));
});

Deno.test("train takes a data set of one's own as it is, and its checkpoint goes on into finetune", async () => {
  const { train: images, ...rest } = await loadDataset("idx", problem.data, { cache });
  const few = images.subset(Uint32Array.from({ length: 60 }, (_, i) => i));
  const data = { ...rest, train: few };
  const options = { data, batch: 30, epochs: 1, loss: "ce" as const };
  const trained = await train(options, { cache });
  assertEquals([trained.before, trained.epochs.length], [null, 1]);
  assertEquals(trained.classes.map(({ trainImages }) => trainImages), [15, 15, 15, 15]);
  const validation = images.subset(Uint32Array.from({ length: 20 }, (_, i) => 60 + i));
  const apart = { ...options, data: { ...data, validation } };
  assertEquals((await train(apart, { cache })).checkpoint, trained.checkpoint);
  const unfit = newImageSet(1, 12, 12, 1, ["a"]);
  await assertRejects(
    () => train({ ...options, data: { ...data, validation: unfit } }, { cache }),
    RangeError,
    "Cannot use the validation images: it takes the classes of the training images",
  );
  const { before } = await finetune({ data, checkpoint: trained.checkpoint, epochs: 1, views: 1 }, { cache });
  assertEquals(before, trained.after);
});

Deno.test("a run ends with its signal's reason, and wrong options are refused by their key", async () => {
  const stop = new AbortController();
  const options = { ...keys, checkpoint: problem.checkpoint };
  const onEpoch = () => stop.abort(new Error("enough"));
  await assertRejects(() => finetune(options, { cache, signal: stop.signal, onEpoch }), Error, "enough");
  const wrong = (more: object) =>
    assertRejects(() => finetune({ ...options, ...more }, { cache }) as Promise<unknown>);
  assertStringIncludes(String(await wrong({ loss: "gmll" })), "loss.name takes one of gml");
  assertStringIncludes(String(await wrong({ epoch: 2 })), "epochs");
  assertStringIncludes(String(await wrong({ checkpoint: null })), "it takes a stage-1 checkpoint");
  assertStringIncludes(
    String(await wrong({ checkpoint: Uint8Array.of(1) })),
    "the checkpoint given as bytes",
  );
});
