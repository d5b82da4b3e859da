import { assert, assertEquals, assertRejects } from "@std/assert";
import { loadState, Parameters as Store } from "../../../engine/mod.ts";
import { Extractor } from "../../../train/features/extractor.ts";
import { plainPass } from "../../../train/features/pass.ts";
import { HeadLogits } from "../../../train/features/head_logits.ts";
import { MemoryRows } from "../../../train/features/memory.ts";
import { passLogits } from "../../../train/features/scores.ts";
import type { PartHolder, ViewPart } from "../../../train/features/view_part.ts";
import { Problem, quiet } from "../problem.ts";

const problem = new Problem();

Deno.test("a pass over test images goes on to the same bits from every save on the way, and computes no image twice", async () => {
  const { setup: opened, config } = await problem.setUp("workers=1");
  using setup = opened;
  const { test } = setup.dataset;
  const { signal } = new AbortController();
  using extractor = new Extractor(setup, { ...config, most: 32 }, quiet, signal);
  using classifier = new Store(setup.device, setup.network.classifier.tensors, "classifier");
  loadState([...setup.backbone, setup.statistics, classifier], setup.stage1);
  using head = new HeadLogits(setup, [classifier]);
  const pass = { ...plainPass, name: "evaluate" };
  const saves: ViewPart[] = [];
  const work: PartHolder = { part: null };
  const save = () => {
    const { rows, ...part } = work.part!;
    saves.push({ ...part, rows: new MemoryRows(rows.width, rows.values.slice()) });
  };
  const whole = await passLogits({ extractor, head, work, saving: { isDue: () => true, save } }, test, pass);
  assertEquals([whole.count, whole.width, work.part?.done], [test.count, setup.network.classes, test.count]);
  assert(saves.length >= 2 && saves.every(({ done }) => done > 0 && done < test.count));

  const goOn = async (part: ViewPart, name = "evaluate") => {
    let taken = 0;
    const counting = {
      extract: (...args: Parameters<Extractor["extract"]>) => {
        taken = args[3]!.to - args[3]!.from;
        return extractor.extract(...args);
      },
    };
    const run = { extractor: counting, head, work: { part } } as unknown as Parameters<typeof passLogits>[0];
    const rows = await passLogits(run, test, { ...pass, name });
    assertEquals(rows.values, whole.values, `from ${part.done}`);
    return taken;
  };
  for (const part of saves) {
    const left = test.count - part.done;
    assertEquals(await goOn(part), left);
  }
  // The part of another pass is of no use.
  assertEquals(await goOn(saves[0], "evaluate epoch 1"), test.count);
});

Deno.test("the last layer's logits of stored rows: a stop is heard before each batch", async () => {
  const { setup: opened } = await problem.setUp("workers=1");
  using setup = opened;
  const { device, network: { classifier: { tensors }, features } } = setup;
  using classifier = new Store(device, tensors, "classifier");
  using head = new HeadLogits(setup, [classifier], 32);
  const rows = new MemoryRows(features, new Float32Array(100 * features));
  let looks = 0;
  await head.of(rows, () => void looks++);
  assertEquals(looks, 4);
  const stop = () => {
    if (--looks === 0) throw new Error("stopped");
  };
  await assertRejects(() => head.of(rows, stop), Error, "stopped");
});
