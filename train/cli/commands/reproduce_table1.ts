import { join } from "node:path";
import { NonFiniteError } from "../../../engine/mod.ts";
import { refreshIndex } from "../../compare/index_file.ts";
import { type Config, configToYaml, loadConfig } from "../../config/load.ts";
import { defaultFiles } from "../../config/schema/paths.ts";
import { UsageError } from "../../flags/errors.ts";
import type { Ablations, Flags } from "../../flags/flags.ts";
import { type Keeper, keeping } from "../../run/keep.ts";
import { summaryJson } from "../../results/records.ts";
import { asHtml, asMarkdown } from "../../reproduce/document.ts";
import { rowKeys, tableRows } from "../../reproduce/rows.ts";
import { newTableWork, runTable, type Table, tablePieces } from "../../reproduce/table1.ts";
import { tableDocument } from "../../reproduce/table1_document.ts";
import { packTable, unpackTable, wantedOf } from "../../reproduce/table1_file.ts";
import { summarise } from "../../reproduce/table1_summary.ts";
import { type Attempt, reopen, withNewDevice } from "../../run/reopen.ts";
import { runFiles, RunFolder } from "../../run/folder/run_folder.ts";
import { type Session, type Surroundings, terminal } from "../../run/session.ts";
import { openStage1Session } from "../../run/stage1.ts";
import type { Setup } from "../../setup/setup.ts";
import { alignedTable } from "../../results/table.ts";
import { begunWork, isBegun } from "../../saved/work_file.ts";

/** The config with the recipe of the paper's table. */
export const paperConfigFile: string = defaultFiles.reproduce;

const TASK = "reproduce table1";

/** The values of the flags that the config does not hold. */
interface Wanted {
  seeds: number;
  ablations: Ablations;
}

/**
 * `deno task reproduce table1`: re-trains a stage-1 model in all ways of the paper's Table 1 over several seeds, and
 * writes one page.
 *
 * @returns 0.
 * @throws {Interrupted} when the run was stopped; the message says how to go on.
 */
export function run(flags: Flags, surroundings: Surroundings = terminal): Promise<number> {
  return withNewDevice(flags, (flags, attempt) => runOnce(flags, surroundings, attempt));
}

/** Makes the table on one device. */
async function runOnce(flags: Flags, surroundings: Surroundings, attempt: Attempt): Promise<number> {
  const date = new Date();
  refuseRowKeys(flags);
  using resumed = flags.resume === null ? null : reopen(flags.resume, TASK, flags, ["seeds", "ablations"]);
  const kept = await resumed?.readWork();
  const wanted = kept
    ? wantedOf<Wanted>(kept, flags.resume!)
    : { seeds: flags.seeds ?? 3, ablations: flags.ablations ?? "quick" };
  const config = withViews(await loadConfig(resumed?.configFile ?? flags.config ?? paperConfigFile, flags));
  const seeds = seedsOf(config, wanted);
  using folder = resumed ?? RunFolder.open("table1", flags.out);
  attempt.take(folder);
  if (!resumed) {
    folder.willBegin(config, TASK, begunWork({ wanted: JSON.stringify(wanted) }), wantedFlags(wanted));
  }
  const rows = tableRows(wanted.ablations, config.views);
  const pieces = (setup: Setup) => tablePieces({ setup, config, rows, seeds }, newTableWork());
  using session = await openStage1Session(flags, config, folder, surroundings, { train: true, pieces });
  const { setup, progress, signal } = session;
  const work = kept && !isBegun(kept, folder.path)
    ? unpackTable(kept, setup, config, folder.path)
    : newTableWork();
  const totalBefore = work.seconds.total;
  const table: Table = {
    setup,
    config,
    rows,
    seeds,
    progress,
    signal,
  };
  progress.line(
    `${table.rows.length} ways to re-train ${setup.network.name} from ${
      config.checkpoint ?? config.stage1
    }, ` +
      `seeds ${seeds.join(", ")}, on ${setup.device.adapter} with the ${setup.device.family} kernels`,
  );
  // A table that breaks by its own numbers keeps the rows before, which may have taken hours.
  const hasRows = () => work.results.length > 0;
  const hasFeatures = () =>
    Object.values(work.features).some(({ views, testFeatures }) => views.length + testFeatures.length > 0);
  const keeper: Keeper = {
    signal,
    mayGoOn: (error) => (hasRows() || hasFeatures()) && !(error instanceof NonFiniteError),
    async save(goesOn) {
      if (!goesOn && !hasRows()) return await folder.discard();
      work.seconds.total = totalBefore + session.elapsed();
      await writeConfig(session, wanted);
      await folder.writeWork(packTable(work, wanted, setup, config));
    },
    pack() {
      work.seconds.total = totalBefore + session.elapsed();
      const bytes = packTable(work, wanted, setup, config);
      return () => folder.writeWork(bytes);
    },
    words(goesOn) {
      if (goesOn) {
        return `Stopped; the features and the rows that were done are kept. To go on:\n  ${folder.goOn}`;
      }
      if (!hasRows()) return null;
      return `The rows before are kept in ${folder.path}; the table would fail there again. To try it on another ` +
        `device:\n  ${folder.goOn}`;
    },
    unsaved: () => folder.unsaved(),
  };
  await keeping(keeper, progress, ({ saving }) => runTable({ ...table, saving }, work), surroundings.pace);

  const { features, retrain } = work.seconds;
  const total = totalBefore + session.elapsed();
  const summary = summarise(table, work, { load: session.load, features, retrain, total });
  const document = tableDocument(summary, config, { date, flags: flagsOf(config, wanted) });
  await keeping(keeper, progress, async () => {
    await writeConfig(session, wanted);
    await folder.write(runFiles.tableText, asMarkdown(document));
    await folder.write(runFiles.tablePage, asHtml(document, configToYaml(config)));
    // The summary comes last: a folder with a summary holds a whole run.
    await folder.write(runFiles.summary, summaryJson(summary));
  });
  // The run can go on until nothing is left to do.
  await refreshIndex(folder.path, progress);
  await folder.removeWork();
  if (flags.json) surroundings.print(summaryJson(summary).trimEnd());
  else if (!flags.quiet) {
    const [{ head, lines }] = document.sections;
    const page = join(folder.path, runFiles.tablePage);
    surroundings.print(
      `\n${alignedTable([[...head], ...lines.map(({ cells }) => [...cells])])}\n\nPage: ${page}`,
    );
  }
  return 0;
}

/** @throws {UsageError} when a key is set that the rows set themselves. */
function refuseRowKeys({ set }: Flags): void {
  const key = rowKeys.find((key) => set.some((pair) => pair.split(/[.=]/)[0].trim() === key));
  if (key) {
    throw new UsageError(
      `Cannot set ${key}: the rows of the table set ${rowKeys.join(", ")} themselves; finetune takes it`,
    );
  }
}

/** The config with its number of stored views. @throws {RangeError} when the config stores no views. */
function withViews(config: Config): Table["config"] {
  const { views, epochs } = config;
  if (views !== "fresh") return { ...config, views: Math.min(views, epochs) };
  throw new RangeError(
    "Cannot make the table: it takes a number of stored views, current is fresh: new views in every epoch would be " +
      "computed for every row; set views=15 for nearly the same",
  );
}

function seedsOf({ seed }: Config, { seeds }: Wanted): number[] {
  if (seed + seeds <= 2 ** 32) return Array.from({ length: seeds }, (_, i) => seed + i);
  throw new RangeError(
    `Cannot run ${seeds} seeds: it takes seeds of at most 4294967295, current ones begin at ${seed}`,
  );
}

async function writeConfig({ folder, config }: Session, wanted: Wanted): Promise<void> {
  await folder.writeConfig(config, TASK + wantedFlags(wanted));
}

function wantedFlags({ seeds, ablations }: Wanted): string {
  return ` --seeds ${seeds} --ablations ${ablations}`;
}

/** The flags that give the same table again. */
function flagsOf({ seed }: Config, { seeds, ablations }: Wanted): string {
  return [
    `--seeds ${seeds}`,
    ...ablations === "quick" ? [] : [`--ablations ${ablations}`],
    ...seed === 0 ? [] : [`--seed ${seed}`],
  ].join(" ");
}
