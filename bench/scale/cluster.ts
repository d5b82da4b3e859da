// Predicts on paper what a training step of ResNet-50 costs on many GPUs: bytes, the sum of the gradients, staging through
// the host, data. No GPU has confirmed it.
//
//   deno run bench/scale/cluster.ts     prints the tables of docs/scaling.md

import { networkOf } from "../../engine/mod.ts";

/** Images of a step on each GPU. */
const IMAGES = 32;

/** Seconds of such a step on one GPU: convolutions by bench/kernels/tile_model.ts, norms and the rest by their bytes. */
const STEP = 0.02;

/** Share of a step in which gradients are summed while others are still computed: backward, but for the last bucket. */
const HIDDEN = 0.55;

/** Seconds until a message arrives, whatever its length. */
const LATENCY = 20e-6;

/** Bytes a second from the device to the host and back, as llvmpipe copies them and as a PCIe 4 bus may. */
const STAGING = [0.4e9, 1.4e9, 12e9];

/** Images a second that a thread decodes and augments: JPEG files to 224 x 224 (bench/notes/images.md). */
const DECODED = 180;

/** Bytes that one GPU sends to add up so many bytes over all. */
export const ringBytes = (bytes: number, gpus: number): number => 2 * (gpus - 1) / gpus * bytes;

/** Seconds of a sum by a ring: each GPU sends its share on, 2 (N - 1) times. */
export function ringSeconds(bytes: number, gpus: number, rate: number): number {
  return ringBytes(bytes, gpus) / rate + 2 * (gpus - 1) * LATENCY;
}

/** Seconds of a sum by two binary trees, each with half of the bytes: up and down again, log2 N times the latency. */
export function treeSeconds(bytes: number, gpus: number, rate: number): number {
  return 2 * bytes / rate + 2 * Math.ceil(Math.log2(gpus)) * LATENCY;
}

/** Share of the time in which GPUs compute, where sums that last so long are hidden behind the backward pass. */
export const efficiency = (seconds: number): number => STEP / (STEP + Math.max(0, seconds - HIDDEN * STEP));

/** Images of a step on each GPU from which on the sums are hidden. */
export const imagesToHide = (seconds: number): number => Math.ceil(seconds / (HIDDEN * STEP / IMAGES));

if (import.meta.main) {
  const { backbone, classifier } = networkOf("resnet50", { classes: 1000, channels: 3 });
  const bytes = 4 * [...backbone, ...classifier.tensors].reduce((sum, { size }) => sum + size, 0);
  const ms = (seconds: number) => (1000 * seconds).toFixed(1);
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(" | ")} |`);
  console.log(`Gradients of ResNet-50: ${(bytes / 1e6).toFixed(1)} MB\n`);
  row("GPUs", "MB a step and GPU", "Gbit/s", "ring, ms", "tree, ms", "efficiency", "images a GPU to hide it");
  row("--:", "--:", "--:", "--:", "--:", "--:", "--:");
  for (const gpus of [8, 64, 512]) {
    for (const gbit of [10, 100, 400]) {
      const [ring, tree] = [ringSeconds, treeSeconds].map((sum) => sum(bytes, gpus, gbit * 1e9 / 8));
      const best = Math.min(ring, tree);
      const sent = Math.round(ringBytes(bytes, gpus) / 1e6);
      row(gpus, sent, gbit, ms(ring), ms(tree), percent(efficiency(best)), imagesToHide(best));
    }
  }
  console.log();
  row("GB/s, device to host and back", "ms a step", "efficiency", "images a GPU to hide it");
  row("--:", "--:", "--:", "--:");
  for (const rate of STAGING) {
    const seconds = 2 * bytes / rate;
    row(rate / 1e9, ms(seconds), percent(efficiency(seconds)), imagesToHide(seconds));
  }
  console.log(`\nThreads of a host that decode, for each of its GPUs: ${Math.ceil(IMAGES / STEP / DECODED)}`);
}
