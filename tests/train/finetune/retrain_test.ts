// A classifier re-trained on features that finetune computed is finetune's own, to the bit.

import { assertEquals } from "@std/assert";
import { parseSafetensors, type RawTensor, writeSafetensors } from "../../../engine/mod.ts";
import { configOf } from "../../../train/config/load.ts";
import { featuresConfig } from "../../../train/config/schema/features.ts";
import { setUpFeatures } from "../../../train/feature_files/set_up.ts";
import type { MemoryRows } from "../../../train/features/memory.ts";
import { finetune } from "../../../train/finetune/finetune.ts";
import { retrain } from "../../../train/finetune/retrain.ts";
import { newWork } from "../../../train/saved/work.ts";
import { Problem, quiet } from "../problem.ts";

const problem = new Problem();

for (const sets of ["classifier=warm", "classifier=reinit loss=ce sampler=class-balanced"]) {
  Deno.test(`features that finetune computed give finetune's classifier: ${sets}`, async () => {
    const { setup: opened, config } = await problem.setUp(`${sets} views=2 featureBank=memory ensemble={}`);
    using setup = opened;
    const listeners = { progress: quiet, signal: new AbortController().signal, onEpoch: () => {} };
    const work = newWork();
    const expected = await finetune(setup, config, work, listeners);

    const views = work.views as MemoryRows[];
    const test = work.testFeatures[0] as MemoryRows;
    const { count, width } = views[0];
    const file = problem.path("features.safetensors");
    const floats = (shape: number[], data: Float32Array) => ({ shape, dtype: "f32" as const, data });
    const labels = ({ labels }: { labels: Uint32Array }) => ({
      shape: [labels.length],
      dtype: "i32" as const,
      data: Int32Array.from(labels),
    });
    const { classes } = setup.network;
    const bytes = writeSafetensors(
      new Map<string, RawTensor>([
        ["train", floats([2, count, width], Float32Array.of(...views[0].values, ...views[1].values))],
        ["test", floats([test.count, width], test.values)],
        ["weight", floats([classes, width], setup.stage1.get("linear.weight")!)],
        ["bias", floats([classes], setup.stage1.get("linear.bias")!)],
        ["labels", labels(setup.train)],
        ["testLabels", labels(setup.dataset.test)],
      ]),
    );
    Deno.writeFileSync(file, bytes);
    assertEquals(parseSafetensors(bytes).state.size, 6);
    const { loss, sampler, classifier, epochs, batch, optimizer, ensemble: both, seed } = config;
    const own = configOf(featuresConfig, {
      data: {
        ...{ features: `${file}:train`, labels: `${file}:labels` },
        ...{ testFeatures: `${file}:test`, testLabels: `${file}:testLabels` },
      },
      ...{ weight: `${file}:weight`, bias: `${file}:bias` },
      ...{ loss, sampler, classifier, epochs, batch, optimizer, ensemble: both, seed },
    });
    using features = await setUpFeatures(own, quiet, { check: () => {}, cache: problem.path("cache") });
    const found = newWork();
    const { before, after, ensemble, members } = await retrain(features, own, found, listeners);
    for (const name of ["linear.weight", "linear.bias"]) {
      assertEquals(found.state!.get(name), work.state!.get(name), name);
    }
    assertEquals(members, expected.members);
    const metrics = [before!.metrics, after.metrics, ensemble!.metrics];
    assertEquals(metrics, [expected.before!.metrics, expected.after.metrics, expected.ensemble!.metrics]);
    const losses = ({ epochs }: typeof work) => epochs.map(({ loss }) => loss);
    assertEquals(losses(found), losses(work));
  });
}
