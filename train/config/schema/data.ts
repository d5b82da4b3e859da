import type { z } from "zod";
import type { Source } from "../../../data/mod.ts";
import type { Conflict } from "./keys.ts";
import { dataKeys } from "./parts.ts";
import { DATA_PATHS } from "./paths.ts";
import { ENCODED } from "./weights.ts";

/** The data of a config. */
export type DataConfig = z.output<ReturnType<typeof dataKeys>>;

type Key = keyof DataConfig;

/** Keys that only some sources take, and those sources. */
const ONLY: readonly { keys: readonly Key[]; sources: readonly Source[] }[] = [
  { keys: ["train", "test", "validation", "links", "emptyClasses"], sources: ["list", "folder"] },
  { keys: ["names", "strip", "add", "pathColumn", "labelColumn"], sources: ["list"] },
  {
    keys: ["testShare", "resize", "size", "maxBroken", "maxPixels", "decoder", "imageCache"],
    sources: ENCODED,
  },
];

/** Keys of data that are only places of files, or say who decodes them: they change no result. */
export const DATA_PLACES: readonly Key[] = [...DATA_PATHS, "decoder", "imageCache"];

/** Keys of data that came later: at their defaults a run is the one that earlier versions made without them. */
const LATER: readonly Key[] = [
  "pathColumn",
  "labelColumn",
  "links",
  "emptyClasses",
  "duplicates",
  "mean",
  "std",
  "validationShare",
];

/** Keys of data that are written only at other values than these, so that files stay those of earlier versions. */
const UNWRITTEN: Partial<DataConfig> = { validationShare: 0 };

/** The keys of data that a checkpoint or a work file tells: all but those that say nothing at their defaults. */
export function written<T extends object>(data: T): Partial<T> {
  const says = ([key, value]: [string, unknown]) => !(key in UNWRITTEN) || value !== UNWRITTEN[key as Key];
  return Object.fromEntries(Object.entries(data).filter(says)) as Partial<T>;
}

/** The keys of data with those that {@linkcode written} leaves out. */
export function whole<T extends object>(data: T): T {
  return { ...UNWRITTEN, ...data };
}

/** The keys of data that decide results, without later keys at their defaults: earlier versions ran the same without them. */
export function decisive(data: DataConfig): Partial<DataConfig> {
  const isUsual = (key: Key) =>
    LATER.includes(key) && JSON.stringify(data[key]) === JSON.stringify(defaults[key]);
  return Object.fromEntries(
    Object.entries(data).filter(([key]) => !DATA_PLACES.includes(key as Key) && !isUsual(key as Key)),
  );
}

/** Defaults of a source that differ from the general defaults. */
export function sourceDefaults(source: unknown): Partial<DataConfig> {
  return ENCODED.includes(source as Source) ? { ratio: 1 } : {};
}

/** Default of each key. */
const defaults: DataConfig = dataKeys().parse({});

/** Finds keys of data that do not fit the source. */
export function dataConflicts(data: DataConfig): Conflict[] {
  const { source, resize, size, profile, alpha, augment, validation, validationShare } = data;
  const found: Conflict[] = [];
  const add = (wrong: boolean, key: Key | "augment.whole", takes: string) =>
    wrong && found.push({ key: `data.${key}`, takes });
  for (const { keys, sources } of ONLY) {
    if (sources.includes(source)) continue;
    for (const key of keys) {
      const usual = JSON.stringify(defaults[key]);
      add(
        JSON.stringify(data[key]) !== usual,
        key,
        `${usual} with source ${source}: it is a key of ${sources.join(", ").replace(/, (\w+)$/, " and $1")}`,
      );
    }
  }
  add(
    ENCODED.includes(source) && resize !== null && size > resize,
    "size",
    `a whole number of at most resize (${resize}), the shorter side that it is cut out of`,
  );
  add(
    validation !== null && validationShare !== defaults.validationShare,
    "validationShare",
    `${defaults.validationShare} with data.validation, which names the validation images`,
  );
  if (augment?.whole) {
    const { policy } = augment;
    const stretches = policy === "resized-crop" || policy === "simclr";
    add(
      !stretches,
      "augment.whole",
      `false with ${policy}, which crops what was brought to the size of resize`,
    );
    add(
      !ENCODED.includes(source),
      "augment.whole",
      `false with source ${source}, which has no files to go back to`,
    );
  }
  add(profile !== "pareto" && alpha !== defaults.alpha, "alpha", `${defaults.alpha} with profile ${profile}`);
  return found;
}
