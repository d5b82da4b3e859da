import { nameOf, parseSafetensors, type StateDict } from "../../engine/mod.ts";
import { MemoryRows } from "../features/memory.ts";
import type { FeatureRows } from "../features/rows.ts";
import { writeSealed } from "../machine/seal.ts";
import type { ConfigKind } from "../config/keys.ts";
import type { ClassifierSetup, State } from "../setup/setup.ts";
import { checkMark, MARK, markOf } from "./mark.ts";
import { newWork, type Work } from "./work.ts";

const STATE = "state ";

/**
 * The work file of a run that has only begun: it has no results yet, so there are no config and images to compare.
 *
 * @param metadata More metadata for the run to find in the file.
 */
export function begunWork(metadata: Record<string, string> = {}): Uint8Array {
  return writeSealed(new Map(), { begun: "true", ...metadata });
}

/** True if these are the bytes of a run that has only begun. @throws {Error} when the file is damaged. */
export function isBegun(bytes: Uint8Array, path: string): boolean {
  return "begun" in parseWork(bytes, path, []).metadata;
}

/** The work of an interrupted run as the bytes of a safetensors file; every number is kept to the bit. */
export function packWork(work: Work, setup: ClassifierSetup, config: object): Uint8Array {
  return writeSealed(tensorsOf(work), {
    step: String(work.step),
    epochs: JSON.stringify(work.epochs),
    seconds: JSON.stringify(work.seconds),
    ...markOf(setup, config),
  });
}

/**
 * Reads the work from a work file, for a run of the same config on the same data and checkpoint.
 *
 * @param path The run folder, for errors. @param kind The command of the run.
 * @throws {RangeError} when config, data or checkpoint differ: the result would be of neither run.
 * @throws {Error} when the file is damaged.
 */
export function unpackWork(
  bytes: Uint8Array,
  setup: ClassifierSetup,
  config: object,
  path: string,
  kind: ConfigKind<unknown>,
): Work {
  const { state, metadata } = parseWork(bytes, path, ["epochs", "seconds", ...MARK]);
  checkMark(metadata, setup, config, path, kind);
  // The previous version called training on features `retrain`, and counted no steps.
  const { retrain = 0, ...seconds } = JSON.parse(metadata.seconds);
  return {
    ...workOf(state, setup.network),
    step: Number(metadata.step ?? 0),
    epochs: JSON.parse(metadata.epochs),
    seconds: { ...newWork().seconds, train: retrain, ...seconds },
  };
}

const viewName = (view: number) => `view.${view}`;
const testName = (look: number) => look === 0 ? "testFeatures" : `testFeatures.${look}`;

/** The tensors of a work. @param prefix Put before each name. */
export function tensorsOf(work: Work, prefix = ""): StateDict {
  const tensors: StateDict = new Map();
  const put = (name: string, data: Float32Array, shape: readonly number[] = [data.length]) =>
    tensors.set(prefix + name, { dtype: "f32", shape: [...shape], data });
  const putRows = (name: string, rows: FeatureRows) => {
    // Rows on disk are kept already.
    if (rows instanceof MemoryRows) put(name, rows.values, [rows.count, rows.width]);
  };
  if (work.before) put("before", work.before);
  work.testFeatures.forEach((rows, look) => putRows(testName(look), rows));
  work.views.forEach((rows, view) => putRows(viewName(view), rows));
  for (const [name, values] of work.state ?? []) put(STATE + name, values);
  return tensors;
}

/** A work of these tensors, without epochs and times. */
export function workOf(tensors: StateDict, network: ClassifierSetup["network"], prefix = ""): Work {
  const readRows = (name: string) => {
    const { shape, data } = tensors.get(prefix + name) ?? {};
    return shape?.length === 2 ? new MemoryRows(shape[1], data as Float32Array) : undefined;
  };
  const listed = (nameOf: (i: number) => string) => {
    const found: MemoryRows[] = [];
    for (let next = readRows(nameOf(0)); next; next = readRows(nameOf(found.length))) found.push(next);
    return found;
  };
  const under = (start: string) =>
    [...tensors].filter(([name]) => name.startsWith(prefix + start))
      .map(([name, { data }]) => [name.slice((prefix + start).length), data as Float32Array] as const);
  const state: State = new Map([...legacyState(under, network), ...under(STATE)]);
  return {
    ...newWork(),
    before: tensors.get(prefix + "before")?.data as Float32Array | undefined ?? null,
    testFeatures: listed(testName),
    views: listed(viewName),
    state: state.size > 0 ? state : null,
  };
}

/** The state as `finetune` of the previous version kept it: the classifier, and the running statistics by number. */
function legacyState(
  under: (start: string) => (readonly [string, Float32Array])[],
  { statistics }: ClassifierSetup["network"],
): (readonly [string, Float32Array])[] {
  const numbered = under("statistics.").map(([i, data]) => [nameOf(statistics[Number(i)]), data] as const);
  return [...under("classifier."), ...numbered];
}

/** Reads a work file. @param keys Metadata keys that it must have. @throws {Error} when the file is damaged. */
export function parseWork(
  bytes: Uint8Array,
  path: string,
  keys: readonly string[],
): ReturnType<typeof parseSafetensors> {
  try {
    const parsed = parseSafetensors(bytes);
    const missing = keys.find((key) => !(key in parsed.metadata));
    if (missing) throw new SyntaxError(`it has no ${missing}`);
    return parsed;
  } catch (cause) {
    throw new Error(`Cannot resume ${path}: its work.safetensors is not what an interrupted run left`, {
      cause,
    });
  }
}
