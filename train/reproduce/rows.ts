import { plural } from "../progress/count.ts";
import type { Config } from "../config/load.ts";
import type { Ablations } from "../flags/flags.ts";
import type { LossName } from "../config/schema/losses.ts";

/** Temperatures of an ensemble's new and old model. */
export type Temperatures = NonNullable<Config["ensemble"]>;

/** One way to re-train the classifier: a run for each seed. */
export interface TableRow {
  /** Name in files, such as `gml warm`. */
  id: string;
  /** Name for people. */
  name: string;
  /** Name of the loss. */
  loss: LossName;
  /** Further keys of the config that the row changes. */
  changes: Pick<Config, "sampler" | "classifier" | "statistics"> & { views: number };
  /** Ensembles with the stage-1 model, which are evaluated without further training. */
  ensembles: readonly Temperatures[];
}

/** Config keys that rows set, or that a table ignores. */
export const rowKeys = ["loss", "sampler", "classifier", "statistics", "ensemble"] as const;

/** The methods of the table with their start: PyTorch's numbers decide it, as the paper does not say. */
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

/** Temperatures that are tried; the first ones are those of `ensemble: {}` in a config. */
const TEMPERATURES: readonly Temperatures[] = [[1, 1], [1, 2], [1, 4], [0.5, 1], [2, 1]].map(
  ([temperatureNew, temperatureOld]) => ({ temperatureNew, temperatureOld }),
);

/** Makes the id of a method's row with a start. */
export function rowId(method: Method, start: Config["classifier"] = methods[method].start): string {
  return `${method} ${start}`;
}

/** Makes the id of an ensemble of a row. */
export function ensembleId(row: string, { temperatureNew, temperatureOld }: Temperatures): string {
  return `${row} ensemble=${temperatureNew}/${temperatureOld}`;
}

/** Makes the id of GML's row with a number of stored views. */
export function viewsId(views: number): string {
  return `${rowId("gml")} views=${views}`;
}

/** Id of GML's row with updated statistics of the batch norms. */
export const updatedId = `${rowId("gml")} statistics=updated`;

/**
 * Lists the rows to run, the rows of Table 1 first.
 *
 * @param views Number of stored views of every image.
 */
export function tableRows(ablations: Ablations, views: number): TableRow[] {
  const row = (method: Method, start: Config["classifier"] = methods[method].start): TableRow => {
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
  const viewed = fewerViews(views).map((views): TableRow => ({
    ...gml,
    id: viewsId(views),
    name: `${gml.name}, ${plural(views, "view")}`,
    changes: { ...gml.changes, views },
  }));
  const updated: TableRow = {
    ...gml,
    id: updatedId,
    name: `${gml.name}, updated statistics`,
    changes: { ...gml.changes, statistics: "updated" },
  };
  return [...table, ...started, ...viewed, ...(ablations === "all" ? [updated] : [])];
}

/** Lists 1, 2, 4 and so on, below the number of views. */
function fewerViews(views: number): number[] {
  const counts: number[] = [];
  for (let count = 1; count < views; count *= 2) counts.push(count);
  return counts;
}
