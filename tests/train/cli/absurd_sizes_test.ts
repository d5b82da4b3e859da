// Absurd sizes and too small budgets are refused by name within a second or so, and leave nothing.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { everyclass, filesIn } from "../command.ts";
import { problem, refuses } from "./refuses.ts";

for (
  const [command, sets, ...words] of [
    ["finetune", "batch=1e9", "batch takes a whole number from 1 to 1048576, current value is 1000000000"],
    [
      "finetune",
      "views=1e9",
      "views takes fresh or a whole number from 1 to 10000, current value is 1000000000",
    ],
    ["finetune", "epochs=1e12", "epochs takes a whole number from 1 to 1000000, current"],
    ["finetune", "workers=1e6", "workers takes a whole number from 1 to 256, or null, current"],
    ["finetune", "data.size=100000", "data.size takes a whole number from 8 to 4096, current"],
    ["train", "batch=1e9", "batch takes a whole number from 2 to 1048576, current"],
    ["train", "epochs=1e12", "epochs takes a whole number from 0 to 1000000, current"],
    ["train", "minSteps=1e12", "minSteps takes a whole number from 0 to 1000000000, current"],
    ["train", "minSteps=1e9", "Cannot train for minSteps: it takes at most 1000000 epochs", "lower minSteps"],
    [
      "train",
      "data.augment.policy=paco loss.name=balanced-softmax paco.queue=1e9",
      "paco.queue takes a whole number from 1 to 1048576, current",
    ],
    [
      "train",
      "data.augment.policy=paco loss.name=balanced-softmax paco.queue=1048576 paco.features=65536",
      "Cannot allocate queue: it takes 262148.0 MiB, the adapter's largest buffer is ",
      "or the size of queue",
    ],
  ] as [string, string, ...string[]][]
) {
  Deno.test(`absurd sizes: ${command} ${sets} is refused by name`, async () => {
    const flags = command === "train"
      ? problem.trainFlags("run", sets, { checkpoint: null })
      : problem.flags("run", sets);
    const start = performance.now();
    await refuses(command, flags, ...words);
    assert(performance.now() - start < 10_000); // the device is opened within, on a machine that may be busy
  });
}

Deno.test("absurd sizes: a batch larger than the images is all of them", async () => {
  const { code, err } = await everyclass([
    "train",
    ...problem.trainFlags("whole", "batch=1048576 epochs=1", { checkpoint: null }),
  ]);
  assert(code === 0, err);
});

for (
  const [command, ...budgets] of [
    ["train", "0.001", "0.0002", "1e-9"],
    ["finetune", "0.0004", "0.0002", "1e-9"],
    ["evaluate", "0.0004", "0.0002", "1e-9"],
    ["adjust", "0.0004", "0.0002", "1e-9"],
  ]
) {
  Deno.test(`a budget that does not hold ${command} is told with what takes how much`, async () => {
    for (const budget of budgets) {
      const name = `${command} ${budget}`;
      const sets = `memoryBudget=${budget}${command === "adjust" ? " data.validationShare=0.3" : ""}`;
      const flags = command === "train"
        ? problem.trainFlags(name, sets, { checkpoint: null })
        : problem.flags(name, sets);
      const { code, err } = await everyclass([command, ...flags, "--quiet"]);
      assertEquals(code, 1, `${name}: ${err}`);
      assertMatch(err, /^error: Cannot .*raise memoryBudget/, name);
      // 1 byte holds nothing that could be in a table.
      if (budget !== "1e-9") assertMatch(err, /\nIn use:\n( +[\d.]+ \S+ {2}\S.*\n)+$/, name);
      assert(!/ 0\.0 MiB,? /.test(err), err);
      assert(!filesIn(problem.folder).includes(name), err);
    }
  });
}
