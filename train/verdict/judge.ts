import type { Comparison, Measure } from "../statistics/compare.ts";

/** Numbers in which a gain counts as one for the classes, the one that a sentence tells first. */
export const CLASS_MEASURES: readonly Measure[] = ["hmean", "lowest", "gmean", "mean", "lowestShare"];

/** The judgement of a comparison. */
export interface Judgement {
  /** The numbers over all classes that rose beyond chance. */
  rose: Measure[];
  /** All numbers that fell beyond chance. */
  fell: Measure[];
  /** True if plain accuracy fell beyond chance, and by more than may be lost. */
  isTooDear: boolean;
  /** True if something was won at a price that may be paid. */
  isGain: boolean;
}

/** Judges a comparison. @param maxAccuracyLoss Plain accuracy that a gain may cost, as a fraction. */
export function judge({ differences }: Comparison, maxAccuracyLoss: number): Judgement {
  const { accuracy } = differences;
  const rose = CLASS_MEASURES.filter((name) => differences[name].change === "rose");
  const measures = ["accuracy", ...CLASS_MEASURES, "macroF1"] as Measure[];
  const isTooDear = accuracy.change === "fell" && accuracy.before - accuracy.after > maxAccuracyLoss;
  return {
    rose,
    fell: measures.filter((name) => differences[name].change === "fell"),
    isTooDear,
    isGain: rose.length > 0 && !isTooDear,
  };
}

/** The models of a run: that of stage 1, the re-trained one, and both together. */
export const modelNames = ["before", "after", "ensemble"] as const;

/** Name of a model of a run. */
export type ModelName = typeof modelNames[number];

/**
 * The model to use, and why.
 *
 * @param after The re-trained model against the one before. @param ensemble Both together against the one before;
 * null where there is none. @param between The ensemble against the re-trained model.
 */
export function recommend(
  after: Judgement,
  ensemble: Judgement | null,
  between: Comparison | null,
): { model: ModelName; reason: string } {
  if (after.isGain && ensemble?.isGain && between) {
    const changes = Object.values(between.differences).map(({ change }) => change);
    if (changes.includes("rose") && !changes.includes("fell")) {
      return { model: "ensemble", reason: "it gains on the re-trained model and loses nothing to it" };
    }
    return {
      model: "after",
      reason: changes.includes("fell")
        ? "the ensemble gives up part of what was won"
        : "the ensemble gains nothing on it beyond chance",
    };
  }
  if (after.isGain) return { model: "after", reason: "it wins more for the classes than it costs" };
  if (ensemble?.isGain) {
    return {
      model: "ensemble",
      reason: "it wins for the classes at a price that the re-trained model exceeds",
    };
  }
  return {
    model: "before",
    reason: !after.isTooDear
      ? "no other model wins anything for the classes beyond chance"
      : ensemble
      ? "the other models cost too much plain accuracy, or win nothing"
      : "the other costs too much plain accuracy",
  };
}
