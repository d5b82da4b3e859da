// Images that cannot be decoded, in a run of several processes, which this one simulates: some are met by another rank
// than 0 alone.

import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { epochOrder } from "../../../data/mod.ts";
import { PHOTO_KEYS, photosIn, writePhoto } from "../photos.ts";
import { Problem } from "../problem.ts";
import { Aborted, runIn } from "./run_in.ts";

const problem = new Problem();
const [SEED, BATCH] = [3, 8];

/** Images a class; those to test with are more than the 128 of a chunk of a pass. */
const COUNTS = { train: 8, test: 70 };
const [train, test] = (["train", "test"] as const).map((split) =>
  photosIn(problem.path("photos", split), COUNTS[split])
);
for (const file of [...train, ...test]) await writePhoto(file);

// The first of two ranks has the first half of a batch, and the first 128 images of a pass.
const labels = Uint32Array.from(train, (_, i) => Number(i >= COUNTS.train));
const order = epochOrder(labels, 2, { sampler: "instance", seed: SEED, epoch: 0 });
const trainOfEach = [train[order[0]], train[order[BATCH / 2]]];
const testOfEach = [test[0], test.at(-1)!];

const destroy = (files: string[]) => files.forEach((file) => Deno.writeTextFileSync(file, "no image"));

/** Trains on the photos. @returns What rank 0 told. */
async function told(ranks: number, name: string, sets: string): Promise<string> {
  const keys = `${PHOTO_KEYS} batch=${BATCH} seed=${SEED} ${sets}`;
  const places = ["--data", problem.path("photos"), "--out", problem.path(name)];
  const { err } = await runIn({ problem, ranks }, [
    "train",
    ...places,
    ...keys.split(" ").flatMap((key) => ["--set", key]),
  ]);
  return err;
}

const brokenIn = (err: string) =>
  err.split("\n").filter((line) => line.includes("is broken and counts")).sort();

Deno.test("rank 0 tells the broken images of all ranks, each as often as one process does", async () => {
  destroy([...trainOfEach, ...testOfEach]);
  for (const mixup of [null, 0.2]) {
    const sets = `data.maxBroken=2 mixup=${mixup}`;
    const [alone, both] = [
      await told(1, `alone ${mixup}`, sets),
      await told(2, `both ${mixup}`, sets),
    ].map(brokenIn);
    for (const file of [...trainOfEach, ...testOfEach]) {
      assert(alone.some((line) => line.startsWith(`The image ${file} is broken`)), file);
    }
    assertEquals(both, alone);
  }
});

Deno.test("the limit of broken images holds for all ranks together, and ends them with one sentence", async () => {
  for (const [name, files] of [["epoch", trainOfEach], ["pass", testOfEach]] as const) {
    for (const file of [...trainOfEach, ...testOfEach]) await writePhoto(file);
    destroy(files);
    const { message, exitCode } = await assertRejects(() => told(2, name, "data.maxBroken=1"), Aborted);
    const sentences = message.split("\n").filter((line) => line.includes("Cannot read"));
    assertEquals(sentences.length, 1, message);
    assertMatch(
      sentences[0],
      /^error: Cannot read the images: it takes at most 1 broken ones \(data\.maxBroken\), current are 2 so far: /,
    );
    for (const file of files) assertStringIncludes(sentences[0], `${file}: `);
    assertEquals(exitCode, 1);
  }
});
