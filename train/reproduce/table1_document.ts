import { plural } from "../progress/count.ts";
import { basename } from "node:path";
import type { Config } from "../config/load.ts";
import { headFigures, machineFacts, networkTitle, sources } from "../report/facts.ts";
import { formatDuration } from "../progress/duration.ts";
import type { TablePage } from "./document.ts";
import { rowId } from "./rows.ts";
import { rowOf, sectionsOf } from "./table1_sections.ts";
import type { TableSummary } from "./table1_summary.ts";

/**
 * Makes the document of the table, with published numbers beside ours where they belong to the same task.
 *
 * @param flags Flags of the command line, without its files.
 */
export function tableDocument(
  summary: TableSummary,
  config: Config & { views: number },
  { date, flags }: { date: Date; flags: string },
): TablePage {
  const { seeds, before, seconds, images } = summary;
  const gml = rowOf(summary, rowId("gml"))!;
  const runs = plural(seeds.length * trained(summary), "run");
  const lead = [
    `The classifier of a ${networkTitle(config)} from ${basename(config.checkpoint!)}, `,
    `re-trained in the ways of the paper's Table 1, ${plural(config.epochs, "epoch")} each, on `,
    `${sources[config.data.source]} cut to a long tail of ratio ${config.data.ratio} `,
    `(${plural(images.train, "training image")}), on ${plural(config.views, "stored view")} of every image, `,
    `the rest of the network frozen. Means over ${plural(seeds.length, "seed")} (${seeds.join(", ")})`,
    seeds.length > 1 ? " with the standard deviation of the sample." : ".",
  ].join("");
  return {
    title: "Table 1",
    date,
    lead,
    below: headFigures(before, gml.mean),
    sections: sectionsOf(summary, config),
    facts: machineFacts(summary, {
      "Time": `${formatDuration(seconds.total)}: features ${formatDuration(seconds.features)}, ` +
        `re-training ${formatDuration(seconds.retrain)} for ${runs}`,
      "Seeds": seeds.join(", "),
    }),
    command: `deno task reproduce table1 --checkpoint FILE --data DIR ${flags}`,
  };
}

/** Counts the classifiers that were trained with each seed. */
function trained({ rows }: TableSummary): number {
  return rows.filter(({ id }) => !id.includes(" ensemble=")).length;
}
