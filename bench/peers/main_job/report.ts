import { markdownTable } from "../markdown_table.ts";
import { EPOCHS, type Figures, type MainJob, type OurRun, type TorchRun } from "./run.ts";

/** Names the main job among the workloads: programs that run it by the same views run the same algorithm. */
export function mainJobName(views: string): string {
  return `main job, ${viewsName(views)}`;
}

function viewsName(views: string): string {
  return views === "fresh" ? "fresh views" : views === "1" ? "1 stored view" : `${views} stored views`;
}

/** Writes the results of the main job as Markdown. */
export function mainJobMarkdown({ date, seed, ours, torch }: MainJob): string {
  const theirs = "why" in torch ? [] : torch;
  const adapters = [...new Set(ours.map(({ adapter }) => adapter))].join(", ");
  const versions = { ...ours[0]?.versions, ...theirs[0]?.versions };
  const about = [date, adapters, `seed ${seed}`, ...Object.entries(versions).map((entry) => entry.join(" "))];
  const table = markdownTable(HEAD, [
    ...ours.map((run) => [...ourCells(run), shareCell(run, theirs)]),
    ...theirs.map((run) => [...torchCells(run), ""]),
  ]);
  const notes = "why" in torch ? [`Without PyTorch: ${torch.why}.`] : [
    [...engineLines(ours, theirs), ...algorithmLines(theirs)].join("\n"),
    ...new Set(theirs.map(torchNotes)),
  ];
  return [
    "# The main job",
    `From a cross-entropy ResNet-32 to its classifier re-trained with GML on CIFAR100-LT, ratio 100: wall time from the ` +
    `start of the process to its end, test images included. Rows of the same views run the same algorithm: they differ ` +
    `by their engines. Fresh views in every epoch are the paper's procedure.`,
    about.join(", "),
    table,
    ...notes,
  ].join("\n\n") + "\n";
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
  "of PyTorch's speed, same views",
];

function ourCells({ views, seconds, forward, retrain, figures }: OurRun): string[] {
  return [
    `everyclass, ${viewsName(views)}`,
    ...[seconds, forward, retrain].map(oneDigit),
    ...figureCells(figures),
  ];
}

function torchCells({ views, seconds, forward, retrain, epochs, figures }: TorchRun): string[] {
  const extrapolated = epochs < EPOCHS ? ", extrapolated" : "";
  return [
    `PyTorch, ${viewsName(views)}${extrapolated}`,
    seconds.toFixed(extrapolated ? 0 : 1),
    ...[forward, retrain].map(oneDigit),
    ...figureCells(figures),
  ];
}

function oneDigit(value: number | null): string {
  return value === null ? "" : value.toFixed(1);
}

function figureCells(figures: Figures | null): string[] {
  if (!figures) return ["–", "–", "–", "–"];
  return [figures.mean, figures.gMean, figures.hMean, figures.lowest].map((value) => value.toFixed(2));
}

/** PyTorch's time for the same views over ours. */
function shareOf({ views, seconds }: OurRun, torch: readonly TorchRun[]): number | null {
  const same = torch.find((run) => run.views === views);
  return same ? same.seconds / seconds : null;
}

function shareCell(run: OurRun, torch: readonly TorchRun[]): string {
  return shareOf(run, torch)?.toFixed(2) ?? "–";
}

/** Says what the engines differ by, the algorithm being the same. */
function engineLines(ours: readonly OurRun[], torch: readonly TorchRun[]): string[] {
  return ours.flatMap((run) => {
    const share = shareOf(run, torch);
    if (share === null) return [];
    return [`- Engine, ${viewsName(run.views)}: everyclass has ${share.toFixed(2)} of PyTorch's speed.`];
  });
}

/** Says what the algorithms differ by, in PyTorch alone. */
function algorithmLines(torch: readonly TorchRun[]): string[] {
  const fresh = torch.find(({ views }) => views === "fresh");
  if (!fresh) return [];
  return torch.filter((run) => run !== fresh).map(({ views, seconds }) =>
    `- Algorithm, in PyTorch alone: fresh views take ${
      (fresh.seconds / seconds).toFixed(1)
    } times as long as ${viewsName(views)}.`
  );
}

/** Describes a run of PyTorch. */
export function torchNotes({ epochs, fresh, device }: TorchRun): string {
  const about = `${device}, channels_last.`;
  if (!fresh) return about;
  const { epochSeconds, otherSeconds, loader, triedMsPerBatch } = fresh;
  const tried = Object.entries(triedMsPerBatch).map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`).join(", ");
  const told = epochs < EPOCHS
    ? `PyTorch ran ${epochs} of the ${EPOCHS} epochs with fresh views: that time is extrapolated, and there are no recall ` +
      `figures. `
    : "";
  return `${told}${about} With fresh views ${epochSeconds.toFixed(1)} s an epoch, ${
    otherSeconds.toFixed(1)
  } s to start, load and evaluate once. Batches from ${loader}, the faster of two: a batch with its forward pass took by ` +
    `${tried}; the time of trying is not counted.`;
}
