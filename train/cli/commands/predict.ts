import { extname } from "node:path";
import { prepareFile, waitingForRoom, writeWhole } from "../../../data/disk/mod.ts";
import { configOfPairs } from "../../config/load.ts";
import { readNamed, UsageError } from "../../flags/errors.ts";
import type { Flags } from "../../flags/flags.ts";
import { fromStanding, standingFolder } from "../../flags/standing.ts";
import { jpegLibrary } from "../../machine/jpeg_library.ts";
import { predictKind } from "../../model/keys.ts";
import { galleryPage, type Shown } from "../../predict/gallery.ts";
import { findImages, leftOutWords } from "../../predict/images.ts";
import { nothingToPredict } from "../../predict/nothing.ts";
import { judgingOf } from "../../predict/judging.ts";
import { Panel } from "../../predict/panel.ts";
import { fileSet } from "../../predict/unlabelled.ts";
import { networkNames } from "../../../engine/mod.ts";
import { type ModelFile, type OpenModel, openModel } from "../../predict/open.ts";
import { ranked } from "../../predict/ranking.ts";
import {
  plain,
  predictionOf,
  predictionsCsv,
  predictionsJsonl,
  predictionsTable,
  type Unread,
} from "../../predict/records.ts";
import { counted, plural } from "../../progress/count.ts";
import { costText, expectedCosts, meanOf } from "../../results/rule/cost.ts";
import { summaryJson } from "../../results/records.ts";
import { type Surroundings, terminal } from "../../run/session.ts";
import { Interrupt, inWorker } from "../../terminal/interrupt.ts";
import { TerminalProgress } from "../../terminal/progress.ts";

/** Forms of a file of predictions, by its ending. */
const FORMS = [".csv", ".jsonl", ".html"];

/** Most Workers that decode where none are asked for. */
const MOST_WORKERS = 4;

/** Tells how many classes of an image are told, unless asked otherwise: the likeliest and its runner-up. */
const TOP = 2;

/**
 * `deno task predict`: the classes of images by a checkpoint alone.
 *
 * @returns 0, also where some images could not be read; 1 where none could.
 * @throws {UsageError} without a checkpoint or operands, or with a form of output that is not known.
 * @throws {Error} when an operand names no image that is there; when the checkpoint does not fit, or does not tell what a
 * prediction needs.
 */
export async function run(flags: Flags, surroundings: Surroundings = terminal): Promise<number> {
  checkFlags(flags);
  const settings = configOfPairs(predictKind, flags.set);
  const found = await findImages(flags.operands, standingFolder());
  if (found.nothing.length > 0) throw nothingToPredict(found.nothing);
  const { images } = found;
  using _out = flags.out === null ? null : prepareFile(flags.out);
  using progress = new TerminalProgress({ ...surroundings.progress, ...(flags.quiet && { mode: "quiet" }) });
  const leftOut = leftOutWords(found);
  if (leftOut !== null) progress.line(leftOut);
  const names = settings.names === null ? null : await readNames(fromStanding(settings.names));
  const { memoryBudget, tune, maxPixels, decoder, tta, adjust, costs, workers: wanted, ...said } = settings;
  const library = await jpegLibrary(decoder, flags["jpeg-library"]);
  const machine = { family: flags.family ?? "auto", memoryBudget, tune, cache: surroundings.cache } as const;
  using open = new DisposableStack();
  const model = open.use(await openModel(await fileOf(flags, { ...said, names }), machine, progress));
  const models = [model];
  for (const path of flags.models) {
    models.push(open.use(await openModel(await further(path, model), machine, progress)));
  }
  const wishes = { tta, adjust, costs: typeof costs === "string" ? fromStanding(costs) : costs };
  const judging = await judgingOf(flags.checkpoint!, model.facts, wishes, (chosen) => {
    progress.line(
      `Adjusted by t = ${chosen.t.toFixed(2)}, chosen by how often each class is called on these ` +
        `${plural(chosen.images, "image")}, as if there were about as many of each class; 500 are enough`,
    );
  });
  const told = progress.lineOfOthers("Stopping at the next image; again to stop at once");
  using interrupt = await Interrupt.listen((surroundings.signals ?? inWorker)(told));
  const { signal } = interrupt;
  using _room = waitingForRoom({
    tell: (text) => progress.alert(text),
    signal,
    patience: surroundings.patience,
  });
  const workers = wanted ?? Math.min(MOST_WORKERS, navigator.hardwareConcurrency);
  using panel = new Panel(models, { workers, progress, signal });

  const { facts: { height, width, shorter, mean: { length: channels }, classNames } } = model;
  const form = { height, width, shorter, channels, classNames, maxPixels, jpegLibrary: library };
  const set = fileSet(images, form);
  const [shown, unread, broken]: [Shown[], Unread[], Set<number>] = [[], [], new Set()];
  const expected: { taken: number[]; likeliest: number[] } = { taken: [], likeliest: [] };
  await panel.predict(set, "predict", judging, (predicted) => {
    const tops = ranked(predicted, classNames, flags.topk ?? TOP);
    const costs = wishes.costs === null ? null : expectedCosts(predicted, classNames.length);
    predicted.samples.forEach((sample, i) => {
      if (broken.has(sample)) return;
      const { name, path } = images[sample];
      if (costs) {
        expected.taken.push(costs.taken[i]);
        expected.likeliest.push(costs.likeliest[i]);
      }
      shown.push({ ...predictionOf(name, tops[i], flags.threshold), path });
    });
  }, ({ index, cause }) => {
    broken.add(index);
    const file = images[index].name;
    unread.push({ file, cause });
    progress.line(`The image ${plain(file)} is left out: ${cause}`);
  });
  signal.throwIfAborted();

  const predictions = shown.map(({ path: _, ...prediction }) => prediction);
  if (flags.out !== null) {
    const form = formOf(flags.out);
    const text = form === ".csv"
      ? predictionsCsv(predictions)
      : form === ".jsonl"
      ? predictionsJsonl(predictions)
      : await galleryPage(shown, unread, flags.checkpoint!, maxPixels);
    await writeWhole(flags.out, text);
  }
  if (flags.json) {
    surroundings.print(summaryJson({ predictions, unread }).trimEnd());
  } else if (!flags.quiet && predictions.length > 0) {
    surroundings.print(flags.out === null ? predictionsTable(predictions) : `Predictions: ${flags.out}`);
  }
  const unsure = predictions.filter((one) => one.unsure).length;
  progress.line(
    `${counted(predictions.length)} of ${plural(images.length, "image")} predicted` +
      (unsure > 0 ? `, ${counted(unsure)} of them unsure` : "") +
      (unread.length > 0 ? `; ${counted(unread.length)} could not be read` : ""),
  );
  if (expected.taken.length > 0) {
    const [taken, likeliest] = [expected.taken, expected.likeliest].map((costs) => costText(meanOf(costs)));
    progress.line(
      `The model expects a cost of ${taken} an image; of the likeliest classes it expects ${likeliest}`,
    );
  }
  return predictions.length > 0 ? 0 : 1;
}

function checkFlags({ checkpoint, operands, out }: Flags): void {
  if (checkpoint === null) {
    throw new UsageError(
      "Cannot predict: it takes a checkpoint, none is given: give one with --checkpoint FILE",
    );
  }
  if (operands.length === 0) {
    throw new UsageError(
      "Cannot predict: it takes images, none are given: name files, folders, patterns in quotes, or a list in .txt",
    );
  }
  if (out !== null && !FORMS.includes(formOf(out))) {
    throw new UsageError(
      `Cannot write ${out}: it takes a file in ${FORMS.join(", ")}, by which its form is chosen`,
    );
  }
}

const formOf = (out: string) => extname(out).toLowerCase();

/** The checkpoint with what is said of it, and a second one. */
async function fileOf({ checkpoint, which, ensemble }: Flags, said: ModelFile["said"]): Promise<ModelFile> {
  const read = async (path: string) => ({
    path,
    bytes: await readNamed(`the checkpoint ${path}`, () => Deno.readFile(path)),
  });
  const second = ensemble === null || ensemble === "" ? null : await read(ensemble);
  return {
    ...{ ...await read(checkpoint!), said, asFlags: true },
    model: ensemble === "" ? "ensemble" : which,
    ensemble: second,
  };
}

/** The names of the classes, one a line. */
async function readNames(path: string): Promise<string[]> {
  const text = await readNamed(`the names of the classes ${path}`, () => Deno.readTextFile(path));
  return text.replace(/^\uFEFF/, "").trimEnd().split("\n").map((line) => line.trim());
}

/** A further model, whose classes stand in the order of the first one's. */
async function further(path: string, { facts }: OpenModel): Promise<ModelFile> {
  const { network, classNames, height, width, shorter, mean, std } = facts;
  return {
    path,
    bytes: await readNamed(`the checkpoint ${path}`, () => Deno.readFile(path)),
    ...{ said: {}, asFlags: true, model: null, ensemble: null, classNames },
    otherwise: {
      network: networkNames.find((name) => name === network) ?? null,
      ...{ names: [...classNames], size: [height, width], mean: [...mean], std: [...std] },
      resize: shorter ?? "none",
    },
  };
}
