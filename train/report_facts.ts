import { basename } from "node:path";
import type { Config } from "./config.ts";
import { losses } from "./losses.ts";
import type { Metrics } from "./metrics.ts";
import type { ClassRow, Summary } from "./records.ts";
import { type Markup, markup } from "./report_html.ts";
import { formatDuration } from "./stage.ts";
import { formatMetric } from "./table.ts";

/** The data sets as people call them. */
export const sources: Record<Config["data"]["source"], string> = {
  cifar10: "CIFAR-10",
  cifar100: "CIFAR-100",
  "fashion-mnist": "Fashion-MNIST",
  idx: "a data set of IDX files",
};

const number = (value: number) => value.toLocaleString("en");
const plural = (count: number, noun: string) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;

/** What the run did, in one sentence. */
export function whatWasDone(config: Config, summary: Summary, classes: readonly ClassRow[]): string {
  const { data, epochs, views } = config;
  const sizes = classes.map((row) => row.trainImages);
  const [largest, smallest] = [Math.max(...sizes), Math.min(...sizes)];
  const network = config.network.replace(/^resnet/, "ResNet-");
  const from = config.checkpoint ? ` from ${basename(config.checkpoint)}` : "";
  const how = config.classifier === "warm" ? "trained further" : "trained anew";
  const kind = data.augment ? "augmented " : "";
  const on = views === "fresh"
    ? `new ${kind}views in every epoch`
    : `${plural(views, `stored ${kind}view`)} of every image`;
  const rest = config.statistics === "frozen" ? "" : " but for its batch-norm statistics";
  return [
    `The classifier of a ${network}${from} was ${how} with ${losses[config.loss].title}`,
    ` for ${plural(epochs, "epoch")} on ${on}, the rest of the network frozen${rest},`,
    ` on ${sources[data.source]} cut to a long tail of ratio ${data.ratio}:`,
    ` ${number(summary.images.train)} images in ${classes.length} classes of ${number(largest)} down to ${
      number(smallest)
    }.`,
  ].join("");
}

/** The four numbers that a reader looks for first. */
export function headFigures(before: Metrics, after: Metrics): Markup {
  const figures: [string, keyof Metrics, number][] = [
    ["Harmonic mean of recalls, %", "hmean", 2],
    ["Geometric mean of recalls, %", "gmean", 2],
    ["Lowest recall, %", "lowest", 2],
    ["Classes with no image right", "zeroRecall", 0],
  ];
  const blocks = figures.map(([name, key, decimals]) => {
    const [from, to] = [formatMetric(before[key], decimals), formatMetric(after[key], decimals)];
    return markup`<div><dt>${name}</dt><dd><span>${from} →</span> ${to}</dd></div>\n`;
  });
  return markup`<dl class="figures">\n${blocks}</dl>`;
}

/** The time of each stage as one bar with a legend. */
export function timesBar({ seconds }: Summary): Markup {
  const { total, ...stages } = seconds;
  const known = Object.values(stages).reduce((a, b) => a + b, 0);
  const parts = Object.entries({ ...stages, other: Math.max(0, total - known) });
  // From the page's accent to its zones, so that neighbours differ.
  const shades = [100, 72, 48, 30, 14];
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

/** The machine and its speed, by name; `more` is put in before the versions. */
export function machineFacts(
  summary: Pick<Summary, "throughput" | "adapter" | "family" | "images" | "versions">,
  more: Record<string, string>,
): Record<string, string> {
  const { forwardImagesPerSecond, dataWaitShare } = summary.throughput;
  const wait = `${(100 * dataWaitShare).toFixed(1)}% of the time waiting for data`;
  return {
    "Adapter": summary.adapter,
    "Kernel family": summary.family,
    "Forward passes": `${forwardImagesPerSecond.toFixed(1)} images/s, ${wait}`,
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
