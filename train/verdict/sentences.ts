import { counted, plural } from "../progress/count.ts";
import type { ClassChange, Comparison, Measure } from "../statistics/compare.ts";
import type { ModelStatistics } from "../statistics/model.ts";
import { LEAST_IMAGES } from "../statistics/model.ts";
import { moreLabelsSentence } from "./more_labels.ts";
import { CLASS_MEASURES, type ModelName } from "./judge.ts";
import type { Findings, VerdictWork } from "./findings.ts";
import { listed, MEASURE_NAMES, percent } from "./words.ts";

/** Words of the sentences by the work of a run: the work as a subject, and its models. */
const WORDS: Readonly<Record<VerdictWork, Readonly<Record<ModelName | "work", string>>>> = {
  "re-training": {
    work: "Re-training",
    before: "the model before re-training",
    after: "the re-trained model",
    ensemble: "the ensemble of both models",
  },
  adjusting: {
    work: "Adjusting",
    before: "the model before adjusting",
    after: "the adjusted model",
    ensemble: "the ensemble of both models",
  },
};

/** Words that sentences of a run go by. */
interface Wording {
  work: VerdictWork;
  /** A sentence that names the way to a milder point; empty where there is none. */
  milder: string;
}

/**
 * A verdict in plain English: first what the run came to, then what was won, what it cost, what is within chance,
 * which class is the worst now, which model to use, and which classes little or nothing is known of. Each sentence names
 * three classes at most.
 */
export function sentencesOf(found: Findings, names: readonly string[], wording: Wording): string[] {
  const { [wording.work]: models } = WORDS;
  return [
    firstSentence(found, names, wording),
    wonSentence(found.won, names),
    costSentence(found, names),
    confusionSentence(found, names),
    chanceSentence(found),
    worstSentence(found, names, models),
    otherWorstSentence(found, names),
    recommendation(found, models),
    found.moreLabels ? moreLabelsSentence(found.moreLabels, LEAST_IMAGES) : "",
    unknownSentence(found.unknown, names),
    untestedSentence(found.untested, names),
  ].filter((sentence) => sentence !== "");
}

function firstSentence(found: Findings, names: readonly string[], { work: kind, milder }: Wording): string {
  const { work } = WORDS[kind];
  const { comparison, judgement, models, won, cost } = found;
  if (!comparison || !judgement) {
    const { accuracy } = models.after;
    return `The model has ${percent(accuracy.value)} of the test images right (${range(accuracy)}); its ` +
      `${worstText(models.after, names)}.`;
  }
  const milderWay = milder && ` ${milder}`;
  const gain = judgement.rose[0];
  if (judgement.isTooDear) {
    const wonText = gain
      ? `${moved(comparison, gain)}, but ${moved(comparison, "accuracy")}`
      : moved(comparison, "accuracy");
    return `${work} cost more than it won: ${wonText}.${milderWay}`;
  }
  if (gain) return `${work} helped the classes: ${moved(comparison, gain)}.`;
  const lost = ([...CLASS_MEASURES, "accuracy", "macroF1"] as Measure[])
    .find((name) => judgement.fell.includes(name));
  if (lost) return `${work} won nothing beyond chance, and ${moved(comparison, lost)}.${milderWay}`;
  if (won.length + cost.classes.length > 0) {
    return `${work} moved recall between classes and won nothing beyond chance over all of them.${milderWay}`;
  }
  return "The test images show no difference between before and after beyond chance." + milderWay;
}

/** `the H-mean rose from 7.3 % to 74.5 %`. */
function moved({ differences }: Comparison, measure: Measure): string {
  const { before, after, change } = differences[measure];
  return `the ${MEASURE_NAMES[measure]} ${change} from ${percent(before)} to ${percent(after)}`
    .replace("the plain", "plain").replace("the macro", "macro");
}

/** Above this probability that all classes have one recall, a sentence names no worst class. */
const LIKELY_COMMON = 0.5;

/** Tells whether all classes of a model may have one recall. */
const mayBeOne = ({ classes, commonRecall }: ModelStatistics) =>
  commonRecall > LIKELY_COMMON && classes.length > 1;

/** `worst class is most likely Shirt (probability 98.2 %), with 8.3 % right (95 % interval 6.7 to 10.2)`. */
function worstText(model: ModelStatistics, names: readonly string[]): string {
  const { worst, classes, commonRecall } = model;
  if (mayBeOne(model)) {
    return `classes differ by no more than chance makes them: all may have one recall (probability ` +
      `${percent(commonRecall)})`;
  }
  const recall = classes[worst.label].recall!;
  return `worst class is most likely ${names[worst.label]} (probability ${
    percent(worst.probability)
  }), with ` +
    `${percent(recall.value)} right (${range(recall)})`;
}

function worstSentence(
  { models, comparison, recommended }: Findings,
  names: readonly string[],
  words: Readonly<Record<ModelName, string>>,
): string {
  const model = models[recommended.model];
  return comparison && model ? `With ${words[recommended.model]} the ${worstText(model, names)}.` : "";
}

/** `The worst class may also be Coat (probability 12.0 %), Bag (8.0 %) and 4 more.` */
function otherWorstSentence({ models, recommended }: Findings, names: readonly string[]): string {
  const model = models[recommended.model]!;
  const [, ...others] = model.amongWorst;
  if (others.length === 0 || mayBeOne(model)) return "";
  const texts = others.map(({ label, probability }, i) =>
    `${names[label]} (${i === 0 ? "probability " : ""}${percent(probability)})`
  );
  return `The worst class may also be ${listed(texts)}.`;
}

function range({ low, high }: { low: number; high: number }): string {
  return `95 % interval ${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`;
}

const step = (names: readonly string[]) =>
({ label, before, after }: {
  label: number;
  before: number;
  after: number;
}) => `${names[label]} from ${percent(before)} to ${percent(after)}`;

function wonSentence(won: readonly ClassChange[], names: readonly string[]): string {
  if (won.length === 0) return "";
  return `Recall rose in ${plural(won.length, "class", "classes")}: ${listed(won.map(step(names)))}.`;
}

function costSentence({ cost, comparison }: Findings, names: readonly string[]): string {
  if (!comparison) return "";
  const parts: string[] = [];
  if (cost.measures.includes("accuracy")) parts.push(moved(comparison, "accuracy"));
  if (cost.classes.length > 0) {
    const { length } = cost.classes;
    parts.push(
      `recall fell in ${plural(length, "class", "classes")}: ${listed(cost.classes.map(step(names)))}`,
    );
  }
  if (cost.precisions.length > 0) {
    const { length } = cost.precisions;
    parts.push(
      `precision fell in ${plural(length, "class", "classes")}: ${listed(cost.precisions.map(step(names)))}`,
    );
  }
  return parts.length ? `The cost: ${parts.join("; ")}.` : "";
}

function confusionSentence({ confusion, models }: Findings, names: readonly string[]): string {
  if (!confusion) return "";
  const { from, to, images, before } = confusion;
  const total = models.after.classes[from].images;
  return `${names[to]} now takes ${counted(images)} of the ${plural(total, "test image")} of ${
    names[from]
  } ` +
    `(${counted(before)} before).`;
}

function chanceSentence({ withinChance: { measures, classes }, comparison }: Findings): string {
  if (!comparison) return "";
  const changed = classes.filter(({ before, after }) => before !== after).length;
  const parts = [
    ...measures.filter((name) => differs(comparison, name)).map((name) => MEASURE_NAMES[name]),
    ...(changed ? [`the recall of ${plural(changed, "class", "classes")}`] : []),
  ];
  if (parts.length === 0) return "";
  return `What differs in ${listed(parts, parts.length)} is within chance.`;
}

function differs({ differences }: Comparison, name: Measure): boolean {
  return differences[name].before !== differences[name].after;
}

function recommendation(
  { recommended: { model, reason }, comparison }: Findings,
  words: Readonly<Record<ModelName, string>>,
): string {
  if (!comparison) return "";
  return `Use ${
    words[model]
  }: ${reason}. The test images made this choice, so that they flatter it a little.`;
}

function untestedSentence(untested: readonly number[], names: readonly string[]): string {
  if (untested.length === 0) return "";
  const [verb, counts, it] = untested.length === 1 ? ["has", "counts", "it"] : ["have", "count", "them"];
  return `${
    listed(untested.map((label) => names[label]))
  } ${verb} no test images and ${counts} in no number: nothing is ` +
    `known of ${it}.`;
}

function unknownSentence(unknown: readonly number[], names: readonly string[]): string {
  if (unknown.length === 0) return "";
  const verb = unknown.length === 1 ? "has" : "have";
  return `${
    listed(unknown.map((label) => names[label]))
  } ${verb} fewer than 10 test images: too few to say ` +
    `how well ${unknown.length === 1 ? "it is" : "they are"} recognised.`;
}
