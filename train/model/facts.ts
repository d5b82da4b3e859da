import { parseJson } from "../../formats/json/mod.ts";
import { networkNames } from "../../engine/mod.ts";
import { classesOf } from "../setup/class_order.ts";
import { type ModelName, modelNames } from "../verdict/judge.ts";
import { type TestTime, testTimes } from "../decision/decide.ts";
import type { Temperatures } from "./metadata.ts";
import type { ModelKeys } from "./keys.ts";

/** All that a prediction needs to know of a model beside its weights. */
export interface ModelFacts {
  network: string;
  head: "linear" | "cosine";
  extraBlock: boolean;
  /** [classes], in the order of the labels. */
  classNames: readonly string[];
  /** Rows and columns of the crop that the network sees. */
  height: number;
  width: number;
  /** Shorter side in pixels before the crop; null: images stay as they are. */
  shorter: number | null;
  /** [channels], of pixel / 255. */
  mean: number[];
  /** [channels], of pixel / 255. */
  std: number[];
  /** Temperatures of a checkpoint with two models; null for one model. */
  ensemble: Temperatures | null;
  /** The model that its run kept: the one to take unless another one is asked for. */
  kept: ModelName;
  /** [classes], training images; null where they are not known. */
  counts: readonly number[] | null;
  /** The way of looking at images that its run took. */
  tta: TestTime;
}

/** Examples of giving a key that a checkpoint lacks, for messages. */
const GIVEN = {
  network: "network=resnet50",
  names: "names=FILE",
  size: "size=224",
  resize: "resize=256",
  mean: "mean=[0.485,0.456,0.406]",
  std: "std=[0.229,0.224,0.225]",
} as const;

/**
 * Collects the facts of a model: keys that the caller gives and, for the rest, the metadata of its checkpoint.
 *
 * @param path The checkpoint, for messages. @param metadata The texts in it. @param said Keys that the caller gives.
 * @param otherwise Keys for what neither tells. @param asFlags True if the caller gives the rest by flags; a program gives it by keys.
 * @throws {RangeError} when something is not known, or mean and standard deviation have not as many numbers.
 */
export function modelFacts(
  path: string,
  metadata: Readonly<Record<string, string>>,
  said: Partial<ModelKeys>,
  asFlags = true,
  otherwise: Partial<ModelKeys> = {},
): ModelFacts {
  const told = toldBy(metadata);
  const known = {
    network: said.network ?? told.network ?? otherwise.network ?? null,
    names: said.names ?? told.names ?? otherwise.names ?? null,
    size: said.size ?? told.size ?? otherwise.size ?? null,
    resize: said.resize ?? told.resize ?? otherwise.resize ?? null,
    mean: said.mean ?? told.mean ?? otherwise.mean ?? null,
    std: said.std ?? told.std ?? otherwise.std ?? null,
  };
  const missing = Object.entries(known).filter(([, value]) => value === null).map(([key]) => key);
  if (missing.length > 0) {
    throw new RangeError(
      `Cannot predict by the checkpoint ${path}: it takes ${
        Object.keys(known).join(", ")
      } of the model, current file ` +
        `does not tell ${missing.join(", ")}: an earlier version or another program wrote it: give ` +
        (asFlags
          ? missing.map((key) => `--set ${GIVEN[key as keyof typeof GIVEN]}`).join(" ")
          : "these keys"),
    );
  }
  const { network, names, size, resize, mean, std } = known;
  if (mean!.length !== std!.length || ![1, 3].includes(mean!.length)) {
    throw new RangeError(
      `Cannot predict by the checkpoint ${path}: it takes a mean and a std for each channel of grey or colour images, ` +
        `current are ${mean!.length} and ${std!.length} numbers`,
    );
  }
  const [height, width] = typeof size === "number" ? [size, size] : size!;
  return {
    network: network!,
    head: said.head ?? told.head,
    extraBlock: said.extraBlock ?? told.extraBlock,
    classNames: names!,
    height,
    width,
    shorter: resize === "none" ? null : resize as number,
    mean: mean!,
    std: std!,
    ensemble: told.ensemble,
    kept: keptModel(metadata),
    counts: said.counts ?? told.counts ?? otherwise.counts ?? null,
    tta: told.tta,
  };
}

/** The model of a checkpoint that its run kept, by its metadata; the re-trained one where they do not tell. */
export function keptModel({ program, keep }: Readonly<Record<string, string>>): ModelName {
  return program === "everyclass" && modelNames.find((name) => name === keep) || "after";
}

/** Reads a checkpoint's metadata; null for a key that is missing or makes no sense. */
function toldBy(metadata: Readonly<Record<string, string>>) {
  const own = metadata.program === "everyclass" ? metadata : {};
  const read = <T>(key: string, is: (value: unknown) => value is T): T | null => {
    try {
      const value: unknown = parseJson(own[key] ?? "");
      return is(value) ? value : null;
    } catch {
      return null;
    }
  };
  const resize = read("resize", (value) => value === null || isSize(value)) as number | null;
  const ensemble = read("ensemble", (value): value is Temperatures => {
    const { temperatureNew, temperatureOld } = (value ?? {}) as Partial<Temperatures>;
    return isAbove0(temperatureNew) && isAbove0(temperatureOld);
  });
  return {
    network: networkNames.find((name) => name === own.network) ?? null,
    // Earlier versions did not tell: nearly all models are so, and a tensor too many or too few is told by its name.
    head: own.head === "cosine" ? "cosine" as const : "linear" as const,
    extraBlock: own.extraBlock === "true",
    names: classesOf(metadata).names,
    size: read(
      "size",
      (value): value is [number, number] => Array.isArray(value) && value.length === 2 && value.every(isSize),
    ),
    resize: resize ?? (own.resize === "null" ? "none" as const : null),
    mean: read("mean", (value) => areNumbers(value)),
    counts: read("trainImages", (value): value is number[] => areNumbers(value)),
    tta: testTimes.find((tta) => tta === own.tta) ?? "none",
    std: read("std", (value): value is number[] => areNumbers(value) && value.every(isAbove0)),
    ensemble,
  };
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function isAbove0(value: unknown): value is number {
  return typeof value === "number" && value > 0 && Number.isFinite(value);
}

function areNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every(Number.isFinite);
}
