import { prepareFile, writeWhole } from "../../../data/disk/mod.ts";
import { type Batch, epochOrder, Loader, longTailCounts, MissingDataError } from "../../../data/mod.ts";
import { DeviceError, initState } from "../../../engine/mod.ts";
import { checkThere } from "../../setup/checkpoint.ts";
import { chromeTrace } from "../../profile/chrome_trace.ts";
import { type Config, loadConfigOf, taskOf } from "../../config/load.ts";
import { finetuneConfig } from "../../config/schema/finetune.ts";
import type { Flags } from "../../flags/flags.ts";
import { tellRenamed } from "../../config/legacy_keys.ts";
import { syntheticDataset } from "../../setup/synthetic.ts";
import { type Profile, profileFinetune, profileTrain } from "../../profile/profile.ts";
import { formatProfile } from "../../profile/text.ts";
import type { Progress } from "../../progress/progress.ts";
import { TerminalProgress } from "../../terminal/progress.ts";
import { type Surroundings, terminal } from "../../run/session.ts";
import type { Setup } from "../../setup/setup.ts";
import { setUp } from "../../setup/set_up.ts";
import { reinitOf } from "../../setup/start.ts";
import { type TrainConfig, trainingConfig } from "../../config/schema/train.ts";

/**
 * `deno task profile`: the costs of a step of a config, dispatch by dispatch: of a training step for a config of `train`,
 * of a forward batch and a step of the classifier for a config of `finetune`.
 *
 * @returns 0.
 * @throws {DeviceError} when a trace is asked for on an adapter without `timestamp-query`.
 */
export async function run(flags: Flags, surroundings: Surroundings = terminal): Promise<number> {
  using _trace = flags.trace === null ? null : prepareFile(flags.trace);
  using progress = new TerminalProgress({ ...surroundings.progress, ...(flags.quiet && { mode: "quiet" }) });
  const task = await taskOf(flags.config);
  const config = task === "train"
    ? { task, ...await loadConfigOf(trainingConfig, flags.config, flags) } as const
    : { task, ...await loadConfigOf(finetuneConfig, flags.config, flags) } as const;
  tellRenamed(progress);
  using setup = await openSetup(config, flags, progress, surroundings.cache);
  const { device, network, train, dataset } = setup;
  if (flags.trace !== null && !device.hasTimer) {
    throw new DeviceError(`Cannot write a trace: ${noTimes(setup)}`);
  }
  const batch = await firstBatch(setup, config);
  const profiles = config.task === "train"
    ? await profileTrain(setup, config, batch)
    : await profileFinetune(setup, config, batch, progress);
  const facts = {
    config: config.name,
    network: network.name,
    images:
      `${dataset.name}, ${train.height} x ${train.width} x ${train.channels} in ${network.classes} classes`,
    adapter: device.adapter,
    family: device.family,
  };
  report(profiles, facts, setup, flags, surroundings);
  if (flags.trace !== null) {
    await writeWhole(flags.trace, JSON.stringify(chromeTrace(profiles, facts)));
    progress.line(`Trace for chrome://tracing or ui.perfetto.dev: ${flags.trace}`);
  }
  return 0;
}

type AnyConfig = (Config & { task: "finetune" }) | (TrainConfig & { task: "train" });

function report(
  profiles: readonly Profile[],
  facts: Record<string, string>,
  setup: Setup,
  flags: Flags,
  { print }: Surroundings,
): void {
  if (flags.json) return print(JSON.stringify({ ...facts, profiles }, null, 2));
  if (flags.quiet) return;
  const { network, images, adapter, family } = facts;
  print([
    `${network} on ${images}, by ${adapter} with the ${family} kernels`,
    ...setup.device.hasTimer ? [] : [`No dispatch is timed: ${noTimes(setup)}`],
    ...profiles.map(formatProfile),
  ].join("\n\n"));
}

function noTimes({ device }: Setup): string {
  return `it takes an adapter with timestamp-query, current ${device.adapter} has none`;
}

/** The config's images and weights; synthetic images and initial weights in place of missing files. */
async function openSetup(
  config: AnyConfig,
  flags: Flags,
  progress: Progress,
  cache: string,
): Promise<Setup> {
  const draw: typeof options.draw = (network) => initState(network, config.seed);
  const reinit = reinitOf(config.task === "train" ? config : { ...config, train: "classifier" });
  const options: Parameters<typeof setUp>[2] = { cache, draw, reinit, jpegLibrary: flags["jpeg-library"] };
  const known = await withoutMissing(config, flags, progress);
  if (flags.classes === null) {
    try {
      return await setUp(known, progress, options);
    } catch (error) {
      if (flags.data !== null || !(error instanceof MissingDataError)) throw error;
      progress.line(`The images are synthetic, for the config's are not there (${error.message})`);
    }
  }
  const dataset = syntheticDataset(config, config.batch, flags.classes);
  const whole = { ...known, data: { ...known.data, ratio: 1, validationShare: 0 }, checkpointList: null };
  const setup = await setUp(whole, progress, { ...options, dataset });
  return { ...setup, counts: longTailCounts(1000, dataset.classNames.length, 100) };
}

/** The config without a checkpoint that is not there, unless the command line names it. */
async function withoutMissing(known: AnyConfig, flags: Flags, progress: Progress): Promise<AnyConfig> {
  const config = { ...known, pretrained: null, mirror: null }; // whose weights take no other time
  if (config.checkpoint === null || flags.checkpoint !== null) return config;
  try {
    await checkThere(config.checkpoint);
    return config;
  } catch (error) {
    progress.line(`Weights are drawn: ${(error as Error).message}`);
    return { ...config, checkpoint: null, checkpointList: null, checkpointKey: null, checkpointRename: null };
  }
}

async function firstBatch({ train, network }: Setup, config: AnyConfig): Promise<Batch> {
  const { seed, data: { augment } } = config;
  const batch = Math.min(Math.max(config.batch, 128), train.count);
  const size = config.task === "train" ? Math.min(config.batch, train.count) : batch;
  using loader = new Loader(train, { batch: size, workers: 0, augment, seed });
  const order = epochOrder(train.labels, network.classes, { sampler: "instance", seed, epoch: 0 });
  return (await loader.batches(order.subarray(0, size), 1).next()).value!;
}
