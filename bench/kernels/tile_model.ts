// Predicts what the kernels of the tile family take on one large GPU, for the layers of three workloads.
//
//   deno run bench/kernels/tile_model.ts
//
// No GPU has confirmed the model: a measurement beside this table shows which of its assumptions hold (bench/notes/tile.md).

import { isInVectors } from "../../engine/ops/conv/kernels/filters_grad_tile.ts";
import { lengthsOf, type Product, type Tile } from "../../engine/ops/lowering/tile.ts";
import {
  CACHE_CYCLE,
  cyclesOf,
  GPU,
  stepOf,
  totalCycles,
  workgroupsOf,
} from "../../engine/ops/lowering/tile_cost.ts";
import { partOf, partOfStaged, tilesOf } from "../../engine/ops/lowering/tiling.ts";
import { columnsOf } from "../../train/flags/columns.ts";

/** Multiply-adds a second at most: one of each of 128 lanes in each cycle. */
const PEAK = GPU.processors * 128 * GPU.hertz;

/** Workgroup memory that a Vulkan driver of that GPU tells. */
const WORKGROUP_BYTES = 49152;

/** A layer: a product, or a convolution of square images; `times` in its workload. */
export interface Layer {
  name: string;
  times: number;
  batch: number;
  /** Side of the result's images; 1 of a product. */
  side: number;
  inC: number;
  outC: number;
  kernel: number;
}

/** The model's prediction for a kernel. */
export interface Prediction {
  kernel: string;
  layer: string;
  times: number;
  tile: Tile;
  parts: number;
  workgroups: number;
  /** Bytes from memory if each operand is read once, and from the cache as tiles read them. */
  memoryBytes: number;
  cacheBytes: number;
  products: number;
  /** 4-vectors from workgroup memory for 64 multiply-adds of numbers, and barriers of a workgroup. */
  loads: number;
  barriers: number;
  registers: number;
  /** Subgroups on a multiprocessor, of 64. */
  subgroups: number;
  us: number;
  /** Part of the most multiply-adds that the GPU could do in that time. */
  share: number;
}

const layer = (
  name: string,
  times: number,
  batch: number,
  side: number,
  inC: number,
  outC: number,
  kernel: number,
): Layer => ({ name, times, batch, side, inC, outC, kernel });

/** Layers with many values or products; 1x1 convolutions of stride 2 count as those of their result's side. */
export const WORKLOADS: Record<string, Layer[]> = {
  "products": [
    layer("4096 cubed", 1, 4096, 1, 4096, 4096, 1),
    layer("1024 cubed", 1, 1024, 1, 1024, 1024, 1),
  ],
  "ResNet-32, batch 128": [
    layer("3x3 3-16", 1, 128, 32, 3, 16, 3),
    layer("3x3 16-16", 10, 128, 32, 16, 16, 3),
    layer("3x3 16-32", 1, 128, 16, 16, 32, 3),
    layer("3x3 32-32", 9, 128, 16, 32, 32, 3),
    layer("3x3 32-64", 1, 128, 8, 32, 64, 3),
    layer("3x3 64-64", 9, 128, 8, 64, 64, 3),
  ],
  "ResNet-50, batch 32": [
    layer("7x7 3-64", 1, 32, 112, 3, 64, 7),
    ...[[64, 56, 3], [128, 28, 4], [256, 14, 6], [512, 7, 3]].flatMap(([width, side, blocks]) => [
      layer(`1x1 ${4 * width}-${width}`, blocks, 32, side, 4 * width, width, 1),
      layer(`3x3 ${width}-${width}`, blocks, 32, side, width, width, 3),
      layer(`1x1 ${width}-${4 * width}`, blocks, 32, side, width, 4 * width, 1),
    ]),
  ],
};

/** Forward of a layer, or its gradient by the filters; the gradient by images of stride 1 is a forward of its own. */
export function predictionsOf(each: Layer): Prediction[] {
  const { batch, side, inC, outC, kernel } = each;
  const pixels = batch * side ** 2;
  const [ci4, co4, taps] = [Math.ceil(inC / 4), Math.ceil(outC / 4), kernel ** 2];
  const forward: Product = { rows: pixels, cols: co4, inner: taps * ci4, count: 1 };
  const parts = Math.ceil(forward.inner / partOf(forward));
  const memory = 4 * (pixels * inC + taps * inC * outC + pixels * outC);
  const kernelName = side === 1 ? "matmul" : "conv2d";
  const first = predict({ kernel: kernelName, each, product: forward, parts, memory, total: parts > 1 });
  if (side === 1) return [first];
  const gradient: Product = { rows: 4 * taps * ci4, cols: co4, inner: Math.ceil(pixels / 4), count: 1 };
  const own = Math.ceil(gradient.inner / partOfStaged(gradient, isInVectors));
  const suits = isInVectors;
  return [
    first,
    predict({ kernel: "filters", each, product: gradient, parts: own, memory, total: true, suits }),
  ];
}

function predict({ kernel, each, product, parts, memory, total, suits }: {
  kernel: string;
  each: Layer;
  product: Product;
  parts: number;
  memory: number;
  total: boolean;
  suits?: (tile: Tile) => boolean;
}): Prediction {
  const [tile] = tilesOf(product, parts, WORKGROUP_BYTES, suits);
  const { threads } = lengthsOf(tile);
  const step = stepOf(tile);
  const steps = Math.ceil(Math.ceil(product.inner / parts) / tile.depth);
  const workgroups = workgroupsOf(tile, product, parts);
  const result = product.rows * product.cols * 16;
  const memoryBytes = memory + (total ? 2 * parts * result : 0);
  const cycles = cyclesOf(tile, product, parts) + (total ? totalCycles(product, parts) : 0);
  const us = 1e6 * Math.max(cycles / GPU.hertz, memory / GPU.memory);
  // Channels that fill up a 4-vector are no work that was asked for.
  const products = each.batch * each.side ** 2 * each.inC * each.outC * each.kernel ** 2;
  const atOnce = Math.min(step.resident, Math.ceil(workgroups / GPU.processors));
  return {
    kernel,
    layer: each.name,
    times: each.times,
    tile,
    parts,
    workgroups,
    memoryBytes,
    cacheBytes: workgroups * steps * step.cache * CACHE_CYCLE,
    products,
    loads: 4 * (tile.threadRows / 4 + tile.threadCols) * 4 / (tile.threadRows * tile.threadCols),
    barriers: steps + 1,
    registers: step.registers,
    subgroups: atOnce * threads / 32,
    us,
    share: products / (us * 1e-6 * PEAK),
  };
}

const HEAD = [
  ...["kernel", "layer", "times", "tile", "depth", "parts", "groups", "MB", "cache MB", "G fma"],
  ...["loads", "barriers", "registers", "subgroups", "us", "of the peak"],
];

/** The predictions of a workload as aligned columns. */
export function modelTable(layers: readonly Layer[]): string {
  const cells = layers.flatMap(predictionsOf).map((row) => {
    const { threads, rows, cols } = lengthsOf(row.tile);
    return [
      ...[
        row.kernel,
        row.layer,
        `${row.times}`,
        `${rows}x${4 * cols} by ${threads}`,
        `${4 * row.tile.depth}`,
      ],
      ...[`${row.parts}`, `${row.workgroups}`, (row.memoryBytes / 1e6).toFixed(1)],
      ...[(row.cacheBytes / 1e6).toFixed(0), (row.products / 1e9).toFixed(2), row.loads.toFixed(0)],
      ...[`${row.barriers}`, `${row.registers}`, `${row.subgroups}`, row.us.toFixed(1)],
      `${(100 * row.share).toFixed(0)} %`,
    ];
  });
  const { rows } = columnsOf([HEAD, ...cells], (column) => column < 2 || column === 3);
  return rows.map((line) => line.join("  ").trimEnd()).join("\n");
}

if (import.meta.main) {
  for (const [name, layers] of Object.entries(WORKLOADS)) {
    const all = layers.flatMap(predictionsOf);
    console.log(`${name}\n${modelTable(layers)}`);
    for (const kernel of new Set(all.map((each) => each.kernel))) {
      const own = all.filter((each) => each.kernel === kernel);
      const us = own.reduce((sum, { us, times }) => sum + us * times, 0);
      console.log(`${kernel}: ${us.toFixed(0)} us together`);
    }
    console.log();
  }
}
