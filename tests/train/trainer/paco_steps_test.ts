// Steps of PaCo one by one: as PyTorch takes them, with the key network and the queue exactly what they are to be.

import { assertEquals } from "@std/assert";
import {
  cifarResNet,
  Device,
  nameOf,
  Parameters,
  parseSafetensors,
  projection,
  torchShape,
} from "../../../engine/mod.ts";
import type { Setup, State } from "../../../train/setup/setup.ts";
import { trainSchema } from "../../../train/config/schema/train.ts";
import { imageTrainer } from "../../../train/trainer/method_of.ts";
import { sumsOf } from "../../../train/trainer/trainer.ts";
import { assertClose } from "../../engine/close.ts";
import { counted, countedWeights } from "../../engine/counted.ts";
import { torchFile } from "../../engine/torch_cases.ts";

const { state: fixture, metadata } = parseSafetensors(torchFile("paco_steps.safetensors"));
const settings = JSON.parse(metadata.settings);
const { batches, side, classes, paco } = settings;

/** The sum of the losses and all that a step changes, after each step. */
async function steps(family: "tile" | "lane"): Promise<{ start: State; states: State[] }> {
  const network = cifarResNet({ depth: 8, classes, widths: settings.widths });
  using device = await Device.open({ family });
  using backbone = new Parameters(device, network.backbone, "backbone");
  using statistics = new Parameters(device, network.statistics, "statistics");
  const setup = {
    ...{ network, device, backbone: [backbone], statistics, counts: Uint32Array.from(settings.counts) },
    dataset: { mean: settings.mean, std: settings.std },
    train: { height: side, width: side, channels: 3, count: 163 },
  } as unknown as Setup;
  const { momentum, weightDecay, lr } = settings;
  const { gamma: negatives, ...constants } = paco;
  const config = trainSchema.parse({
    paco: { ...constants, negatives },
    optimizer: { momentum, weightDecay },
  });
  using trainer = imageTrainer(setup, config);

  const head = projection(network.features, paco.features);
  const shapes = [...network.backbone, ...network.classifier.tensors, ...head.weights].map((tensor) =>
    [nameOf(tensor), torchShape(tensor)] as const
  );
  const weights = countedWeights(shapes, 1);
  const ofStatistics = network.statistics.map((tensor) =>
    [nameOf(tensor), new Float32Array(tensor.size).fill(nameOf(tensor).endsWith("var") ? 1 : 0)] as const
  );
  const keys = [...weights].map(([name, values]) => [`key of ${name}`, values] as const);
  const start = new Map([...trainer.fresh(new Map([...weights, ...ofStatistics])), ...weights, ...keys]);
  trainer.load(start);

  const states: State[] = [];
  for (const [step, count] of batches.entries()) {
    const view = (stream: number) =>
      Uint8Array.from(counted(stream + step, count * side * side * 3), (u) => Math.floor(u * 256));
    const labels = Uint32Array.from(counted(2000 + step, count), (u) => Math.floor(u * classes));
    const batch = { images: view(1000), images2: view(4000), labels, indices: labels, count };
    await trainer.step(batch, { epoch: 0, step, lr, weights: new Float32Array() });
    states.push(await trainer.state());
  }
  return { start, states };
}

for (const family of ["tile", "lane"] as const) {
  Deno.test(`three steps of PaCo as PyTorch, ${family}`, async () => {
    const { start, states } = await steps(family);
    const last = states.at(-1)!;
    let sum = 0;
    const sums = (fixture.get("losses")!.data as Float32Array).map((loss) => sum += loss);
    assertClose("losses", states.map((state) => sumsOf(state).loss), sums);
    for (const [name, { data }] of fixture) {
      if (name === "losses") continue;
      // The bias before a batch norm changes nothing: what it is moved by is rounding and weight decay.
      const absolute = name.endsWith("linear1.bias") ? 1e-6 : 1e-7;
      assertClose(name, last.get(name)!, data as Float32Array, { relative: 1e-4, absolute });
    }

    // The key network: the moving average of the weights after each step, to the last bits of float32.
    let before = start;
    for (const state of states) {
      for (const [name, values] of state) {
        const old = before.get(`key of ${name}`);
        if (!old || name.includes("running")) continue;
        const average = values.map((value, i) => paco.momentum * old[i] + (1 - paco.momentum) * value);
        assertClose(`key of ${name}`, state.get(`key of ${name}`)!, average, { relative: 3e-7, absolute: 0 });
      }
      before = state;
    }

    // 6 keys a step through 10 places: each step moves the ones before to the front.
    const rows = (state: State) =>
      Array.from({ length: 10 }, (_, i) => [...state.get("queue")!.subarray(6 * i, 6 * i + 6)].join());
    const labels = (state: State) => [...state.get("labels of the queue")!];
    const given = batches.map((count: number, step: number) =>
      Array.from(counted(2000 + step, count), (u) => Math.floor(u * classes))
    );
    let expected = new Array(10).fill(-1);
    states.forEach((state, step) => {
      expected = [...expected, ...given[step]].slice(-10);
      assertEquals(labels(state), expected);
      if (step === 0) assertEquals(rows(state).slice(0, 4), new Array(4).fill("0,0,0,0,0,0"));
      else assertEquals(rows(state).slice(0, -batches[step]), rows(states[step - 1]).slice(batches[step]));
      assertEquals(new Set(rows(state).slice(step === 0 ? 4 : 0)).size, step === 0 ? 6 : 10);
    });
  });
}
