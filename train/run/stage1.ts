import { plural } from "../progress/count.ts";
import { loadState, parseSafetensors } from "../../engine/mod.ts";
import { type Config, loadConfigOf } from "../config/load.ts";
import { unreached } from "../config/schema/keys.ts";
import { nothingAhead, stopBy } from "../ahead/ahead.ts";
import type { Flags } from "../flags/flags.ts";
import { tellUndertrained } from "../results/learning.ts";
import { type Keeper, keeping } from "./keep.ts";
import type { Pace } from "./saver.ts";
import type { RunFolder } from "./folder/run_folder.ts";
import { keepBegun, openSession, type Session, type Surroundings } from "./session.ts";
import { checkTrainingImages, type SetupOptions } from "../setup/set_up.ts";
import type { Piece } from "../progress/plan.ts";
import type { Setup } from "../setup/setup.ts";
import { type Kept, Stage1Cache } from "./stage1_cache.ts";
import { drawOf } from "../setup/start.ts";
import { fit } from "../trainer/fit.ts";
import { imageTrainer } from "../trainer/method_of.ts";
import { trainingPiece } from "../trainer/pieces.ts";
import { imageSource } from "../trainer/source.ts";
import { markOf } from "../saved/mark.ts";
import { networkState, newWork } from "../saved/work.ts";
import { raisedWords, withMinSteps } from "../config/min_steps.ts";
import { type TrainConfig, trainingConfig } from "../config/schema/train.ts";

/**
 * The config that trains a missing stage 1: the config that `stage1` names, with the run's own images, network, workers,
 * memory and kernels; null if the run has a checkpoint, or `stage1` is null.
 *
 * @throws {TypeError} when that config does not begin from scratch. @throws {RangeError} when it has another head.
 */
async function stage1Recipe(config: Config): Promise<TrainConfig | null> {
  const { checkpoint, stage1, data, network, extraBlock, head, workers, memoryBudget, family, tune } = config;
  if (checkpoint !== null || stage1 === null) return null;
  const recipe = await loadConfigOf(trainingConfig, stage1);
  if (recipe.checkpoint !== null) {
    throw new TypeError(
      `Cannot train stage 1: it takes a config that begins from scratch, current ${stage1} begins with ` +
        `${recipe.checkpoint}: give that one with --checkpoint instead`,
    );
  }
  if (!drawOf(recipe)) {
    throw new TypeError(
      `Cannot train stage 1: it takes a config that begins from scratch, current ${stage1} has train: ${recipe.train}, ` +
        `classifier: ${recipe.classifier}: run that one by deno task train, and give what it comes to with --checkpoint`,
    );
  }
  if (recipe.head !== head) {
    throw new RangeError(
      `Cannot train stage 1: it takes a config with the head of the run, ${head}, current ${stage1} has ${recipe.head}: ` +
        "set head to the same in both",
    );
  }
  return {
    ...recipe,
    data: { ...data, augment: recipe.data.augment },
    network,
    extraBlock,
    workers,
    memoryBudget,
    family,
    tune,
  };
}

/** Options of getting a session's stage-1 weights. */
interface Stage1Options {
  train: boolean;
  pieces?: (setup: Setup) => Piece[];
}

/**
 * Opens a session whose network has its stage-1 weights: the checkpoint's or, if the config names a config that trains
 * them instead, the cached weights.
 *
 * @param options.train True to train them, once, when the cache does not have them. @param options.reinit Draws what a
 * checkpoint need not have; without it a checkpoint has all of the network. @param options.which The model to take of a
 * checkpoint that holds two. @param options.pieces Work that the command does with the weights, for the plan of the run.
 * @throws {Error} when they are not there and not to be trained.
 * @throws {Interrupted} when the training is stopped; the message says how to go on.
 */
export async function openStage1Session(
  flags: Flags,
  config: Config,
  folder: RunFolder,
  surroundings: Surroundings,
  options: Stage1Options & Pick<SetupOptions, "reinit" | "which">,
): Promise<Session> {
  using stack = new DisposableStack();
  stack.use(folder);
  const recipe = await stage1Recipe(config);
  const draw = recipe ? drawOf(recipe) : undefined;
  const { reinit, which } = options;
  // Beside the loading of the images, which leaves most cores idle.
  const ahead = options.train
    ? await surroundings.ahead?.({ config, recipe, cache: surroundings.cache }) ?? nothingAhead
    : nothingAhead;
  const session = await openSession(flags, config, folder, surroundings, { draw, reinit, which }).catch(
    async (error) => {
      ahead.stop();
      await ahead.done;
      throw error;
    },
  );
  stack.use(session);
  stopBy(session.signal, ahead);
  await ahead.done;
  if (session.signal.aborted) keepBegun(session.signal.reason, folder, session.signal);
  const resumes = flags.resume !== null;
  const opened = recipe ? await withStage1(session, recipe, surroundings, { ...options, resumes }) : session;
  stack.move();
  return opened;
}

/** The session with the stage-1 weights in place of initialised weights. */
async function withStage1(
  session: Session,
  recipe: TrainConfig,
  { cache: folder, pace }: Pick<Surroundings, "cache" | "pace">,
  { train, pieces = () => [], resumes }: Stage1Options & { resumes: boolean },
): Promise<Session> {
  const { setup, progress } = session;
  const raised = withMinSteps(recipe, setup.train.count);
  const own = new Stage1Cache(folder, setup, raised, setup.team?.communicator.size);
  const cache = resumes ? await stage1OfRun(own, session) : own;
  const kept = await cache.read();
  if (kept && "damage" in kept) {
    progress.line(`The cached stage 1 ${cache.path} is damaged, so it counts as missing: ${kept.damage}`);
  }
  const before = session.elapsed();
  let stage1: Kept;
  if (kept && "value" in kept) {
    stage1 = kept.value;
    await cache.clear(); // of a run that was killed once it had written the result
    progress.line(`Stage 1 by ${recipe.name} is in the cache: ${cache.path}`);
  } else if (train) {
    const words = raisedWords(recipe, raised, setup.train.count);
    if (words) progress.line(words);
    stage1 = await trainStage1(session, raised, cache, pieces({ ...setup, initialized: [] }), pace);
  } else {
    const [other] = cache.others();
    const has = other ? `that of several processes, ${other.path}` : "none for these images";
    throw new Error(
      `Cannot take stage 1 by ${recipe.name}: it takes a trained one, current cache has ${has}: train ` +
        "it with deno task finetune, or give a checkpoint with --checkpoint FILE",
    );
  }
  const { state, epochs } = stage1;
  tellUndertrained(epochs, raised, setup, progress);
  loadState([...setup.backbone, setup.statistics], state);
  const seconds = kept && "value" in kept ? 0 : session.elapsed() - before;
  return {
    ...session,
    setup: { ...setup, stage1: state, initialized: [] },
    stage1: seconds,
    stage1File: cache.path,
  };
}

/** The stage 1 that an interrupted run began with: perhaps that of another number of processes. */
async function stage1OfRun(own: Stage1Cache, { folder, setup }: Session): Promise<Stage1Cache> {
  const { inputs } = parseSafetensors(await folder.readWork()).metadata;
  if (inputs === undefined) return own; // it has only begun
  for (const cache of [own, ...own.others()]) {
    const kept = await cache.read();
    if (!kept || "damage" in kept) continue;
    if (markOf({ ...setup, stage1: kept.value.state }, {}).inputs === inputs) return cache;
  }
  return own;
}

/**
 * Trains it as `deno task train` does, and keeps it. A training that was stopped goes on.
 *
 * @param later Pieces of the run that come after it.
 */
async function trainStage1(
  session: Session,
  recipe: TrainConfig,
  cache: Stage1Cache,
  later: readonly Piece[],
  pace: Pace | undefined,
): Promise<Kept> {
  const { setup, folder, progress, signal } = session;
  const { device, network } = setup;
  checkTrainingImages(setup, session.config);
  cache.prepare();
  const begun = await cache.readWork((sentence) => progress.line(sentence));
  const work = begun && "value" in begun ? begun.value : newWork();
  progress.line(
    `Training stage 1 by ${recipe.name} first, ${network.name} on ${device.adapter} with the ${device.family} ` +
      `kernels; later runs find it in ${cache.path}`,
  );
  if (begun && "damage" in begun) progress.line(`What was trained before is of no use: ${begun.damage}`);
  for (const line of unreached(trainingConfig, recipe)) progress.line(line);
  const { epochs } = recipe;
  const done = () => `${work.epochs.length} of ${plural(epochs, "epoch")}`;
  if (work.epochs.length > 0 || work.step > 0) {
    progress.line(`Going on with stage 1 after ${done()} and ${plural(work.step, "step")}`);
  }
  const keeper: Keeper = {
    signal,
    async save(goesOn) {
      await (goesOn ? cache.writeWork(work) : cache.dropWork());
      if (goesOn) folder.keep();
    },
    pack() {
      const write = cache.packWork(work);
      folder.keep();
      return write;
    },
    words: (goesOn) =>
      goesOn
        ? `Stopped in stage 1 after ${done()}; what was worked out is kept. To go on:\n  ${folder.goOn}`
        : null,
    unsaved: () => folder.unsaved(),
  };
  progress.plan([trainingPiece("stage 1", setup, recipe, work), ...later]);
  await keeping(keeper, progress, async (onTheWay) => {
    using trainer = imageTrainer(setup, recipe, setup.team?.share);
    using source = imageSource(setup, recipe, progress, signal);
    const run = { setup, config: { ...recipe, evaluateEvery: null }, work, trainer, source };
    await fit({ ...run, progress, signal, ...onTheWay, name: "stage 1" });
  }, pace);
  const trained = { state: networkState(setup.stage1, work.state), epochs: work.epochs };
  await keeping(keeper, progress, () => cache.write(trained));
  await cache.dropWork();
  return trained;
}
