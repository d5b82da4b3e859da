import type { Config } from "../config/load.ts";
import type { Ablations } from "../flags/flags.ts";
import type { LossName } from "../config/losses.ts";

/** Temperatures of an ensemble's new and old model. */
export type Temperatures = NonNullable<Config["ensemble"]>;

/** One way to re-train the classifier: a run for each seed. */
export interface Row {
  /** Its name in files, such as `gml warm`. */
  id: string;
  /** Its name for people. */
  name: string;
  /** Name of its loss. */
  loss: LossName;
  /** What else it changes in the config. */
  changes: Pick<Config, "sampler" | "classifier" | "statistics"> & { views: number };
  /** Ensembles with the stage-1 model that are evaluated too; they cost no training. */
  ensembles: readonly Temperatures[];
}

/** The config keys that rows set themselves, or that a table has no use for. */
export const rowKeys = ["loss", "sampler", "classifier", "statistics", "ensemble"] as const;

/** The methods of the table, and how they begin in it: the paper does not say, PyTorch's numbers tell. */
export const methods = {
  "gml": { name: "GML", loss: "gml", sampler: "instance", start: "warm" },
  "balanced-softmax": {
    name: "balanced softmax",
    loss: "balanced-softmax",
    sampler: "instance",
    start: "reinit",
  },
  "ce-weighted": {
    name: "CE weighted by 1/N",
    loss: "ce-weighted",
    sampler: "instance",
    start: "reinit",
  },
  "re-sampling": {
    name: "CE re-sampling",
    loss: "ce",
    sampler: "class-balanced",
    start: "reinit",
  },
} as const;

/** The name of a method. */
export type Method = keyof typeof methods;

/** The temperatures that are tried; the first one is the config's default. */
const TEMPERATURES: readonly Temperatures[] = [[1, 1], [1, 2], [1, 4], [0.5, 1], [2, 1]].map(
  ([temperatureNew, temperatureOld]) => ({ temperatureNew, temperatureOld }),
);

/** The id of a method's row with a start. */
export function rowId(method: Method, start: Config["classifier"] = methods[method].start): string {
  return `${method} ${start}`;
}

/** The id under which an ensemble of a row is filed. */
export function ensembleId(row: string, { temperatureNew, temperatureOld }: Temperatures): string {
  return `${row} ensemble=${temperatureNew}/${temperatureOld}`;
}

/** The id of GML's row with so many stored views. */
export function viewsId(views: number): string {
  return `${rowId("gml")} views=${views}`;
}

/** GML's row with updated statistics of the batch norms. */
export const updatedId = `${rowId("gml")} statistics=updated`;

/**
 * The rows to run, those of Table 1 first.
 *
 * @param views How many views of every image there are.
 */
export function rowsOf(ablations: Ablations, views: number): Row[] {
  const row = (method: Method, start: Config["classifier"] = methods[method].start): Row => {
    const { name, loss, sampler } = methods[method];
    const changes = { sampler, classifier: start, statistics: "frozen", views } as const;
    return { id: rowId(method, start), name: `${name}, ${start}`, loss, changes, ensembles: [] };
  };
  const names = Object.keys(methods) as Method[];
  const table = names.map((method) => row(method));
  if (ablations === "none") return table;

  const gml = row("gml");
  table[0].ensembles = TEMPERATURES;
  const started = names.map((method) => row(method, methods[method].start === "warm" ? "reinit" : "warm"));
  const viewed = fewerViews(views).map((views): Row => ({
    ...gml,
    id: viewsId(views),
    name: `${gml.name}, ${views} ${views === 1 ? "view" : "views"}`,
    changes: { ...gml.changes, views },
  }));
  const updated: Row = {
    ...gml,
    id: updatedId,
    name: `${gml.name}, updated statistics`,
    changes: { ...gml.changes, statistics: "updated" },
  };
  return [...table, ...started, ...viewed, ...(ablations === "all" ? [updated] : [])];
}

/** 1, 2, 4 and so on, below the number of views. */
function fewerViews(views: number): number[] {
  const counts: number[] = [];
  for (let count = 1; count < views; count *= 2) counts.push(count);
  return counts;
}
