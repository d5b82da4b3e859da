// Commands in several processes, which this one simulates.

import { assertAlmostEquals, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { newImageSet } from "../../../data/mod.ts";
import { parseSafetensors, type RawTensor, writeSafetensors } from "../../../engine/mod.ts";
import { checkSame, digestsOf } from "../../../train/team/same.ts";
import { everyclass } from "../command.ts";
import { Problem } from "../problem.ts";
import { Aborted, runIn } from "./run_in.ts";

const problem = new Problem();

const read = (run: string, file: string) => Deno.readFileSync(problem.path(run, file));
const text = (run: string, file: string) => new TextDecoder().decode(read(run, file));
const losses = (run: string) =>
  text(run, "metrics.csv").trim().split("\n").slice(1).map((row) => Number(row.split(",")[2]));

for (const featureBank of ["memory", "disk"]) {
  Deno.test(`finetune in 3 processes leaves what one leaves, to the byte, features in ${featureBank}`, async () => {
    const sets = `featureBank=${featureBank} views=2 epochs=2`;
    await runIn({ problem, ranks: 1 }, ["finetune", ...problem.flags(`one-${featureBank}`, sets)]);
    const { err } = await runIn({ problem, ranks: 3 }, [
      "finetune",
      ...problem.flags(`three-${featureBank}`, sets),
    ]);
    assertMatch(err, /Computing in 3 processes: 2 on host0, 1 on host1/);
    for (const file of ["checkpoint.safetensors", "recalls.csv"]) {
      assertEquals(read(`three-${featureBank}`, file), read(`one-${featureBank}`, file), file);
    }
  });
}

Deno.test("finetune in 3 processes leaves what one leaves, to the byte, of a checkpoint in half precision", async () => {
  for (const dtype of ["f16", "bf16"] as const) {
    const checkpoint = problem.path(`${dtype}.safetensors`);
    const { state } = parseSafetensors(Deno.readFileSync(problem.checkpoint));
    const half = [...state].map(([name, tensor]) => [name, { ...tensor, dtype } as RawTensor] as const);
    Deno.writeFileSync(checkpoint, writeSafetensors(new Map(half)));
    for (const ranks of [1, 3]) {
      const flags = problem.flags(`${dtype}-${ranks}`, "featureBank=disk views=1 epochs=1", { checkpoint });
      await runIn({ problem, ranks }, ["finetune", ...flags]);
    }
    assertEquals(read(`${dtype}-3`, "checkpoint.safetensors"), read(`${dtype}-1`, "checkpoint.safetensors"));
  }
});

Deno.test("train in 2 processes, stopped and gone on with in 3, loses as one process does", async () => {
  const sets =
    "network=resnet8 epochs=3 batch=40 loss.name=gml statistics=updated syncBatchNorm=true evaluateEvery=2";
  await runIn({ problem, ranks: 1 }, ["train", ...problem.trainFlags("alone", sets)]);
  const { err } = await runIn({ problem, ranks: 2, stopAt: /epoch 1 of 3/ }, [
    ...["train", ...problem.trainFlags("both", sets)],
  ]);
  assertMatch(err, /Stopped after 1 of 3 epochs; what was worked out is kept/);
  await runIn({ problem, ranks: 3 }, ["train", "--resume", problem.path("both")]);
  assertEquals(losses("both").length, 3);
  losses("both").forEach((loss, i) => assertAlmostEquals(loss, losses("alone")[i], 1e-3));
  const [both, alone] = ["both", "alone"].map((run) => JSON.parse(text(run, "summary.json")).after);
  assertAlmostEquals(both.mean, alone.mean, 2);
});

Deno.test("a process with other images than rank 0 says so", () => {
  const images = (pixel: number) => {
    const set = newImageSet(2, 1, 1, 1, ["0", "1"]);
    set.images[0] = pixel;
    return { train: set, validation: null, dataset: { test: set } };
  };
  checkSame(images(1), digestsOf(images(1)));
  assertThrows(() => checkSame(images(2), digestsOf(images(1))), Error, "the images of rank 0");
});

Deno.test("a batch with fewer images than processes is refused before the first step", async () => {
  const run = runIn({ problem, ranks: 3 }, [
    "train",
    ...problem.trainFlags("refused", "network=resnet8 batch=2"),
  ]);
  assertMatch((await assertRejects(() => run, Aborted)).message, /an image of each batch/);
});

Deno.test("an MPI library for one process is refused", async () => {
  const { code, err } = await everyclass([
    "train",
    ...problem.trainFlags("one of one"),
    "--mpi-library",
    "lib.so",
  ]);
  assertEquals(code, 1);
  assertMatch(
    err,
    /Cannot use --mpi-library .*lib.so: it takes --distributed, current command computes in one/,
  );
});
