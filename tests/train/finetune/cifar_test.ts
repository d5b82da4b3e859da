import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rowsSource } from "../../../train/finetune/feature_source.ts";
import { featureTrainer } from "../../../train/finetune/feature_method.ts";
import { asTraining } from "../../../train/finetune/training.ts";
import { HeadLogits } from "../../../train/features/head_logits.ts";
import { fit } from "../../../train/trainer/fit.ts";
import { newWork } from "../../../train/saved/work.ts";
import { loadConfig } from "../../../train/config/load.ts";
import { Extractor } from "../../../train/features/extractor.ts";
import { predict } from "../../../train/decision/predict.ts";
import { setUp } from "../../../train/setup/set_up.ts";
import { sharedCheckpoints, sharedData } from "../../shared.ts";
import { quiet } from "../problem.ts";

Deno.test({
  name:
    "CIFAR100-LT and its cross-entropy checkpoint belong together, and GML trains on their features (needs ../shared)",
  ignore: sharedData === null || sharedCheckpoints === null,
  async fn() {
    const file = fileURLToPath(new URL("../../../configs/cifar100-lt-gml.yaml", import.meta.url));
    const checkpoint = join(sharedCheckpoints!, "cifar100-lt-ir100-resnet32-ce.pt");
    const config = await loadConfig(file, { data: sharedData, checkpoint });
    using setup = await setUp(config, quiet, { cache: "unused" });
    const { train, counts, dataset, network, stage1 } = setup;
    assertEquals([train.count, dataset.test.count, network.name, network.classes], [
      10847,
      10000,
      "resnet32",
      100,
    ]);
    assertEquals([counts[0], counts[50], counts[99]], [500, 48, 5]);

    // The cut goes class by class, so these are of all parts of the tail.
    const few = train.subset(Uint32Array.from({ length: 128 }, (_, i) => 84 * i));
    using extractor = new Extractor(setup, config, quiet, new AbortController().signal);
    const training = { ...asTraining(config), epochs: 3 };
    const cut = { ...setup, train: few };
    using trainer = featureTrainer(cut, training);
    using head = new HeadLogits(setup, trainer.head);
    const pass = { name: "features", view: 0, augment: null, statistics: "frozen" } as const;
    const features = await extractor.rows(few, pass);
    trainer.load(trainer.fresh(stage1));
    const predictions = predict(await head.of(features, () => {}), network.classes);
    const right = predictions.filter((label, i) => label === few.labels[i]).length;
    // The model has been trained on these images: it knows all 128 of them.
    assert(right >= 126, `${right} of 128 training images are right`);

    const work = newWork();
    const source = rowsSource([features], few.labels, training.batch);
    const { signal } = new AbortController();
    const run = { setup: cut, config: training, work, trainer, source, progress: quiet, signal };
    await fit({ ...run, onEpoch() {}, name: "train" });
    const losses = work.epochs.map(({ loss }) => loss);
    assert(losses[0] > losses[1] && losses[1] > losses[2] && losses[2] > 0, losses.join());
  },
});
