import type { Config } from "../config/load.ts";
import type { Metrics } from "../results/metrics.ts";
import type { ClassRow, Summary } from "../results/records.ts";
import { type Markup, markup } from "./page/html.ts";
import { formatDuration } from "../progress/duration.ts";
import { formatMetric } from "../results/table.ts";

/** The data sets as people call them. */
export const sources: Record<Config["data"]["source"], string> = {
  cifar10: "CIFAR-10",
  cifar100: "CIFAR-100",
  "fashion-mnist": "Fashion-MNIST",
  idx: "a data set of IDX files",
  list: "the images of a list",
  folder: "a folder of images",
  parquet: "a data set in Parquet",
};

const number = (value: number) => value.toLocaleString("en");

/** A network as people call it. */
export function networkTitle({ network, extraBlock }: Pick<Config, "network" | "extraBlock">): string {
  const title = network.replace(/^resnet(\d)/, "ResNet-$1").replace(/^resnext(\d+)_(.*)$/, "ResNeXt-$1 ($2)")
    .replace(/_b$/, " with convolutions for shortcuts").replace(/_cifar$/, " for small images");
  return extraBlock ? `${title} with an extra block` : title;
}

/** The data that a run was trained on, in words. */
export function dataWords(
  { source, ratio }: Config["data"],
  images: Summary["images"],
  classes: readonly ClassRow[],
): string {
  const cut = ratio === 1 ? "" : ` cut to a long tail of ratio ${ratio}`;
  return `${sources[source]}${cut}: ${sizeWords(images, classes)}.`;
}

/** The size of a run's training set, in words. */
export function sizeWords(images: Summary["images"], classes: readonly ClassRow[]): string {
  const sizes = classes.map((row) => row.trainImages);
  const [largest, smallest] = [Math.max(...sizes), Math.min(...sizes)].map(number);
  return `${number(images.train)} images in ${classes.length} classes of ${largest} down to ${smallest}`;
}

/** The four numbers that a reader looks for first. */
export function headFigures(before: Metrics | null, after: Metrics): Markup {
  const figures: [string, keyof Metrics, number][] = [
    ["Harmonic mean of recalls, %", "hmean", 2],
    ["Geometric mean of recalls, %", "gmean", 2],
    ["Lowest recall, %", "lowest", 2],
    ["Classes with no image right", "zeroRecall", 0],
  ];
  const blocks = figures.map(([name, key, decimals]) => {
    const from = before && markup`<span>${formatMetric(before[key], decimals)} →</span> `;
    return markup`<div><dt>${name}</dt><dd>${from}${formatMetric(after[key], decimals)}</dd></div>\n`;
  });
  return markup`<dl class="figures">\n${blocks}</dl>`;
}

/** The time of each part of a run as one bar with a legend. */
export function timesBar({ total, ...stages }: { total: number } & Record<string, number>): Markup {
  const known = Object.values(stages).reduce((a, b) => a + b, 0);
  const parts = Object.entries({ ...stages, other: Math.max(0, total - known) })
    .filter(([, value]) => value > 0)
    .map(([name, value]) => [name === "stage1" ? "stage 1" : name, value] as const);
  // From the page's accent to its zones, so that neighbours differ.
  const shades = [100, 78, 58, 42, 28, 14];
  const shade = (i: number) => `background:color-mix(in srgb, var(--after) ${shades[i]}%, var(--zone))`;
  const share = (value: number) => (100 * value / Math.max(total, known, 1e-9)).toFixed(2);
  const bars = parts.map(([, value], i) => markup`<div style="width:${share(value)}%;${shade(i)}"></div>`);
  const legend = parts.map(([name, value], i) =>
    markup`<span><i style="${shade(i)}"></i>${name} ${formatDuration(value)}</span>\n`
  );
  return markup`<div class="times">${bars}</div>
<p class="legend">
${legend}<span>total ${formatDuration(total)}</span>
</p>`;
}

/** Facts about the machine and its speed, by name; `more` facts stand before the versions. */
export function machineFacts(
  summary: Pick<Summary, "adapter" | "family" | "images" | "versions" | "throughput">,
  more: Record<string, string>,
): Record<string, string> {
  const { trainImagesPerSecond = 0, forwardImagesPerSecond = 0, dataWaitShare } = summary.throughput;
  const [what, rate] = trainImagesPerSecond > 0
    ? ["Training", trainImagesPerSecond]
    : ["Forward passes", forwardImagesPerSecond];
  const wait = `${(100 * dataWaitShare).toFixed(1)}% of the time waiting for data`;
  return {
    "Adapter": summary.adapter,
    "Kernel family": summary.family,
    ...rate > 0 && { [what]: `${rate.toFixed(1)} images/s, ${wait}` },
    "Images": `${number(summary.images.train)} for training, ${number(summary.images.test)} for testing`,
    ...more,
    "Versions": Object.entries(summary.versions).map(([name, version]) => `${name} ${version}`).join(", "),
  };
}

/** Facts as a list. */
export function factList(facts: Record<string, string>): Markup {
  const rows = Object.entries(facts).map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>\n`);
  return markup`<dl class="facts">\n${rows}</dl>`;
}
