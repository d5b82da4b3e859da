import { markdownTable } from "../markdown_table.ts";
import { EPOCHS, type Figures, type MainJob, type OurRun, type TorchRun } from "./run.ts";

/** Targets by stored views: times as fast as PyTorch, and the most that the H-mean may be below PyTorch's. */
export const MAIN_JOB_TARGETS: readonly { views: string; faster: number; hWithin: number }[] = [
  { views: "4", faster: 1.5, hWithin: 0.8 },
  { views: "1", faster: 4, hWithin: 1.2 },
];

/** Names the main job among the workloads. */
export function mainJobName(views: string): string {
  return `main job, ${viewsName(views)}`;
}

function viewsName(views: string): string {
  return views === "fresh" ? "fresh views" : views === "1" ? "1 stored view" : `${views} stored views`;
}

/** Writes the results of the main job as Markdown. */
export function mainJobMarkdown({ date, seed, ours, torch }: MainJob): string {
  const theirs = "why" in torch ? null : torch;
  const adapters = [...new Set(ours.map(({ adapter }) => adapter))].join(", ");
  const versions = { ...ours[0]?.versions, ...theirs?.versions };
  const about = [date, adapters, `seed ${seed}`, ...Object.entries(versions).map((entry) => entry.join(" "))];
  const table = markdownTable(HEAD, [
    ...ours.map((run) => [...ourCells(run), ...comparedCells(run, theirs)]),
    ...(theirs ? [[...torchCells(theirs), "", ""]] : []),
  ]);
  const notes = "why" in torch ? `Without PyTorch: ${torch.why}.` : torchNotes(torch);
  return `# The main job\n\nFrom a cross-entropy ResNet-32 to its classifier re-trained with GML on CIFAR100-LT, ratio 100: wall time ` +
    `from the start of the process to its end, test images included.\n\n${
      about.join(", ")
    }\n\n${table}\n\n${notes}\n`;
}

const HEAD = [
  "run",
  "seconds",
  "frozen network, s",
  "classifier, s",
  "mean",
  "G-mean",
  "H-mean",
  "lowest",
  "times faster than PyTorch",
  "target",
];

function ourCells({ views, seconds, forward, retrain, figures }: OurRun): string[] {
  const times = [seconds, forward, retrain].map((value) => value.toFixed(1));
  return [`everyclass, ${viewsName(views)}`, ...times, ...figureCells(figures)];
}

function torchCells(torch: TorchRun): string[] {
  const extrapolated = torch.epochs < EPOCHS ? ", extrapolated" : "";
  return [
    `PyTorch, fresh views${extrapolated}`,
    torch.seconds.toFixed(extrapolated ? 0 : 1),
    "",
    "",
    ...figureCells(torch.figures),
  ];
}

function figureCells(figures: Figures | null): string[] {
  if (!figures) return ["–", "–", "–", "–"];
  return [figures.mean, figures.gMean, figures.hMean, figures.lowest].map((value) => value.toFixed(2));
}

function comparedCells({ views, seconds, figures }: OurRun, torch: TorchRun | null): [string, string] {
  const target = MAIN_JOB_TARGETS.find((target) => target.views === views);
  const ratio = torch && torch.seconds / seconds;
  const below = torch?.figures ? torch.figures.hMean - figures.hMean : null;
  if (!target) return [ratio?.toFixed(2) ?? "–", ""];
  const verdict = (met: boolean | null) => met === null ? "not measured" : met ? "met" : "not met";
  return [
    ratio?.toFixed(2) ?? "–",
    `${target.faster}x: ${verdict(ratio === null ? null : ratio >= target.faster)}; ` +
    `H within ${target.hWithin}: ${verdict(below === null ? null : below <= target.hWithin)}`,
  ];
}

/** Describes the run of PyTorch. */
export function torchNotes(torch: TorchRun): string {
  const { epochs, epochSeconds, otherSeconds, loader, triedMsPerBatch, device } = torch;
  const tried = Object.entries(triedMsPerBatch).map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`).join(", ");
  const told = epochs < EPOCHS
    ? `PyTorch ran ${epochs} of its ${EPOCHS} epochs: its time is extrapolated, and there are no recall figures. `
    : "";
  return told +
    `PyTorch: ${device}, ${epochSeconds.toFixed(1)} s an epoch, ${
      otherSeconds.toFixed(1)
    } s to start, load and ` +
    `evaluate once. Batches from ${loader}, the faster of two: a batch with its forward pass took by ${tried}; ` +
    `the time of trying is not counted.`;
}
