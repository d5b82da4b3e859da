// Tells how many bytes of partial sums the gradients by filters of a training step make, and how many wait at a time.
//
//   deno run -A bench/train/filter_parts.ts [network] [side of the images] [batch...]
//
// The default is ResNet-50 on 224 x 224, 32, 128 and 512 at a time. Nothing runs: both kernel families are planned on
// the machine's adapter.

import { Device, type Family } from "../../engine/mod.ts";
import { lowerGraph } from "../../engine/plan/lower.ts";
import { type TrainingJob, trainingStep } from "./training.ts";

/** Partial sums of a training step, in bytes. */
export interface FilterParts {
  /** Gradients by filters. */
  layers: number;
  /** Most parts of a layer. */
  parts: number;
  /** Bytes of all layers together: written once and read once in a step. */
  all: number;
  /** Bytes of the largest layer. */
  largest: number;
  /** Bytes that wait together for the dispatch that adds them. */
  waiting: number;
}

/** Plans a training step and looks at its partial sums. */
export function filterParts(device: Device, job: TrainingJob): FilterParts {
  using step = trainingStep(device, job);
  const { always } = lowerGraph(device, step.spec);
  const named = (name: string) => always.filter(({ node }) => node.op.name === name);
  const sumOf = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  // A layer's parts wait in a stack with others, or, where they are many, in scratch memory of its own.
  const stacked = named("conv2d_filters_grad_parts").map(({ node }) => ({
    bytes: 4 * node.size,
    parts: (node.attrs as { parts: number }).parts,
  }));
  const alone = named("conv2d_filters_grad").map(({ node, lowering: { scratch = [] } }) => ({
    bytes: sumOf(scratch),
    parts: sumOf(scratch) / (16 * node.shape[0] * Math.ceil(node.shape[1] / 4)),
  }));
  const gathering = named("gather_gradients").map(({ node }) =>
    node.inputs[1].op.name === "stack" ? node.inputs[1].size * 4 : 0
  );
  const each = [...stacked, ...alone];
  return {
    layers: each.length,
    parts: Math.max(...each.map(({ parts }) => parts)),
    all: sumOf(each.map(({ bytes }) => bytes)),
    largest: Math.max(...each.map(({ bytes }) => bytes)),
    waiting: Math.max(...gathering, ...alone.map(({ bytes }) => bytes)),
  };
}

if (import.meta.main) {
  const [network = "resnet50", side = "224", ...batches] = Deno.args;
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  console.log("family  batch  layers  most parts  all, MiB  largest layer, MiB  waiting, MiB");
  for (const family of ["lane", "tile"] satisfies Family[]) {
    for (const batch of batches.length > 0 ? batches.map(Number) : [32, 128, 512]) {
      using device = await Device.open({ family });
      const job = { network, batch, side: Number(side), classes: 1000 };
      const { layers, parts, all, largest, waiting } = filterParts(device, job);
      console.log([
        family.padEnd(6),
        `${batch}`.padStart(5),
        `${layers}`.padStart(6),
        `${parts}`.padStart(10),
        mebibytes(all).padStart(8),
        mebibytes(largest).padStart(18),
        mebibytes(waiting).padStart(12),
      ].join("  "));
    }
  }
  Deno.exit(0);
}
