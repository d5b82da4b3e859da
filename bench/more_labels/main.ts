import { Device, headOf } from "../../engine/mod.ts";
import { hash32, LegacyRandom } from "../../data/mod.ts";
import { loadConfig } from "../../train/config/load.ts";
import { MemoryRows } from "../../train/features/memory.ts";
import { joinRows, type LabelledRows, trainOn } from "../../train/finetune/more_rows.ts";
import { asTraining } from "../../train/finetune/training.ts";
import { silent } from "../../train/progress/progress.ts";
import type { ClassifierSetup } from "../../train/setup/setup.ts";
import { predict } from "../../train/decision/predict.ts";
import { recallMeans } from "../../train/statistics/recall_means.ts";
import { tallyOf } from "../../train/statistics/tally.ts";
import { featuresOf } from "./features.ts";

const CLASSES = 100;
const [cifar, keep, out, ...checkpoints] = Deno.args;
const config = asTraining(await loadConfig("configs/cifar100-lt-gml.yaml", { set: ["views=1"] }));
using device = await Device.open();

const log = (value: unknown) => {
  console.log(JSON.stringify(value));
  Deno.writeTextFileSync(out, JSON.stringify(value) + "\n", { append: true });
};

for (const checkpoint of checkpoints) {
  const { train, labels, tail, test, testLabels, stage1 } = await featuresOf(checkpoint, cifar, keep);
  const { width } = train;
  const network = { name: "c", features: width, classes: CLASSES, stages: [], backbone: [], statistics: [],
    classifier: headOf("linear", { classes: CLASSES, features: width }) };
  const setup = { device, network, stage1, backbone: [] } as unknown as ClassifierSetup;
  const tailRows = new MemoryRows(width, train.values.subarray(0, tail * width));
  const tailLabels = labels.slice(0, tail);
  const name = checkpoint.replace(/^.*resnet32-|\.pt$/g, "");
  const run = async (rows: LabelledRows): Promise<Uint32Array> => {
    const { members } = await trainOn(rows, [test], { setup, config, name: "t", progress: silent, signal: new AbortController().signal });
    return predict(members[0].logits, CLASSES);
  };
  const numbers = (predictions: Uint32Array, places?: Uint32Array) => {
    const of = (all: Uint32Array) => places ? Uint32Array.from(places, (i) => all[i]) : all;
    const { right, images } = tallyOf(of(testLabels), of(predictions), CLASSES);
    const recalls = Array.from(images, (n, c) => right[c] / n);
    const { mean, hmean, lowest, lowestShare } = recallMeans(recalls);
    return { mean, hmean, lowest, lowestShare };
  };
  const plus = (from: number, to: number): LabelledRows => {
    const seen = new Uint32Array(CLASSES);
    const places = Uint32Array.from(labels.keys().filter((i) => i >= tail && seen[labels[i]]++ >= from && seen[labels[i]] <= to));
    return { views: [joinRows(tailRows, train, places)], labels: Uint32Array.of(...tailLabels, ...Array.from(places, (i) => labels[i])) };
  };
  const base = await run({ views: [tailRows], labels: tailLabels });
  const save = (what: string, predictions: Uint32Array, extra = {}) => {
    Deno.writeFileSync(`${keep}/${name}-${what}.u8`, Uint8Array.from(predictions));
    log({ model: name, what, ...numbers(predictions), ...extra });
  };
  save("base", base);
  const drawn = (label: number, all: Uint32Array, seed: number) => {
    const own = Uint32Array.from(all.keys().filter((i) => all[i] === label));
    new LegacyRandom(hash32(seed, label)).shuffle(own);
    return own;
  };
  for (const d of [0, 1, 2]) {
    save(`true5-${d}`, await run(plus(5 * d, 5 * d + 5)));
    // Test images in the place of further ones.
    const lent = Uint32Array.from(Array.from({ length: CLASSES }, (_, c) => [...drawn(c, testLabels, d).subarray(0, 5)]).flat());
    const predictions = await run({ views: [joinRows(tailRows, test, lent)], labels: Uint32Array.of(...tailLabels, ...Array.from(lent, (i) => testLabels[i])) });
    const set = new Set(lent);
    const rest = Uint32Array.from(testLabels.keys().filter((i) => !set.has(i)));
    save(`lent5-${d}`, predictions, { rest: numbers(predictions, rest), baseRest: numbers(base, rest) });
    // A step back by which n + 5 becomes n.
    const kept = Array.from({ length: CLASSES }, (_, c) => {
      const own = drawn(c, tailLabels, 100 + d);
      const n = own.length;
      const want = n * n / (n + 5) + hash32(d, c) / 2 ** 32;
      return [...own.subarray(0, Math.max(1, Math.floor(want)))];
    }).flat().sort((a, b) => a - b);
    const pick = (places: readonly number[]) => {
      const values = new Float32Array(places.length * width);
      tailRows.gather(Uint32Array.from(places), values);
      return { views: [new MemoryRows(width, values)], labels: Uint32Array.from(places, (i) => tailLabels[i]) };
    };
    save(`back-${d}`, await run(pick(kept)));
    if (d < 2) {
      const half = Array.from({ length: CLASSES }, (_, c) => {
        const own = drawn(c, tailLabels, 200 + d);
        return [...own.subarray(0, Math.ceil(own.length / 2))];
      }).flat().sort((a, b) => a - b);
      save(`half-${d}`, await run(pick(half)));
    }
    if (d === 0) save("true50", await run(plus(0, 50)));
  }
}
Deno.exit(0);
