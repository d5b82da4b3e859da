import { Device, loadState, nameOf, networkOf, Parameters } from "../../engine/mod.ts";
import type { Config } from "../config/load.ts";
import type { BackboneSetup } from "../features/inputs.ts";
import { checkSeal } from "../machine/seal.ts";
import { keptTuning } from "../machine/tuning_file.ts";
import { metadataOf } from "../model/header.ts";
import { type ModelFacts, modelFacts } from "../model/facts.ts";
import type { ModelKeys } from "../model/keys.ts";
import type { Progress } from "../progress/progress.ts";
import { takeCheckpoint, tellTaken } from "../setup/checkpoint.ts";
import type { State } from "../setup/setup.ts";
import { stagesOf } from "../setup/trained_part.ts";
import type { ModelName } from "../verdict/judge.ts";

/** Reads the second of a file's two models. */
const SECOND = { key: null, rename: null, which: "second" } as const;

/** A checkpoint to predict by. */
export interface ModelFile {
  /** Its path, for messages. */
  path: string;
  bytes: Uint8Array;
  /** Keys that the caller gives beside the checkpoint's metadata. */
  said: Partial<ModelKeys>;
  /** True if that is said by flags, for messages. */
  asFlags: boolean;
  /** Which of a file's models to predict by; null: the model that the file keeps. */
  model: ModelName | null;
  /** Keys for what neither the caller nor the metadata tell. */
  otherwise?: Partial<ModelKeys>;
  /** Names of the classes in the order wanted; by default the model's own. */
  classNames?: readonly string[];
  /** Another checkpoint, to average with the re-trained model of this one; null: no other. */
  ensemble: { path: string; bytes: Uint8Array } | null;
}

/** Use of the machine. */
export type Machine = Pick<Config, "family" | "memoryBudget" | "tune"> & {
  /** Folder for what is worked out once. */
  cache: string;
};

/** A model on the device. */
export interface OpenModel extends BackboneSetup, Disposable {
  /** The checkpoint, for messages. */
  path: string;
  facts: ModelFacts;
  /** A store of the last layer for each model: two of an ensemble. */
  classifiers: readonly Parameters[];
  /** The values of both models of an ensemble, where not only their last layers differ; null: one backbone serves both. */
  states: readonly [State, State] | null;
  /** [classes], the model's label of each class in the order wanted; null where it is the model's own. */
  order: Uint32Array | null;
}

/**
 * Fits a checkpoint to its network and puts it on the device.
 *
 * @throws {RangeError} when something of the model is not known. @throws {Error} when the file does not fit.
 * @throws {DeviceError} when there is no adapter.
 */
export async function openModel(file: ModelFile, machine: Machine, progress: Progress): Promise<OpenModel> {
  const { path, bytes, said, asFlags, model, ensemble } = file;
  checkSeal(bytes, `use the checkpoint ${path}`); // before anything that its metadata tell is taken
  const facts = modelFacts(path, metadataOf(bytes), said, asFlags, file.otherwise);
  const order = orderOf(path, facts.classNames, file.classNames ?? facts.classNames);
  const { classNames, mean, head, extraBlock } = facts;
  const options = { classes: classNames.length, channels: mean.length, head, extraBlock };
  const network = networkOf(facts.network, options);
  const wanted = ensemble ? "after" : model ?? facts.kept;
  const second = () => takeCheckpoint(path, bytes, network, undefined, SECOND);
  const first = wanted === "before" ? second() : takeCheckpoint(path, bytes, network);
  tellTaken(first, progress);
  const states = [first.state];
  if (wanted === "ensemble") states.push(second().state);
  if (ensemble) states.push(takeCheckpoint(ensemble.path, ensemble.bytes, network).state);
  const names = [...network.backbone, ...network.statistics].map(nameOf);
  const differs = states.length > 1 &&
    names.some((name) => !isSame(states[0].get(name)!, states[1].get(name)!));

  using open = new DisposableStack();
  const { family, memoryBudget, tune, cache } = machine;
  const budget = memoryBudget === null ? undefined : memoryBudget * 2 ** 30;
  const device = open.use(await Device.open({ family, memoryBudget: budget }));
  device.tuning = await keptTuning(device, tune, cache, progress);
  const backbone = stagesOf(network).map((tensors) => open.use(new Parameters(device, tensors, "backbone")));
  const statistics = open.use(new Parameters(device, network.statistics, "running statistics"));
  loadState([...backbone, statistics], states[0]);
  const classifiers = states.map((state) => {
    const store = open.use(new Parameters(device, network.classifier.tensors, "classifier"));
    loadState([store], state);
    return store;
  });
  const opened = open.move();
  return {
    ...{ path, facts, network, device, backbone, statistics, classifiers, order },
    dataset: facts,
    states: differs ? [states[0], states[1]] : null,
    [Symbol.dispose]: () => opened.dispose(),
  };
}

/** The model's label of each class wanted; null where they stand in one order. @throws {RangeError} for other classes. */
function orderOf(path: string, own: readonly string[], wanted: readonly string[]): Uint32Array | null {
  const order = wanted.map((name) => own.indexOf(name));
  const strange = wanted.find((_, label) => order[label] < 0);
  if (own.length !== wanted.length || strange !== undefined) {
    throw new RangeError(
      `Cannot use the checkpoint ${path} beside others: it takes a model of the same ${wanted.length} classes, current has ` +
        `${own.length}${strange === undefined ? "" : ` without ${strange}`}`,
    );
  }
  return order.every((from, to) => from === to) ? null : Uint32Array.from(order);
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  return same === a.length;
}
