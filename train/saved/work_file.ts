import { nameOf, parseSafetensors, type RawTensor, type StateDict } from "../../engine/mod.ts";
import { MemoryRows } from "../features/memory.ts";
import type { FeatureRows } from "../features/rows.ts";
import { sealOf, writeSealed } from "../machine/seal.ts";
import type { ViewPart } from "../features/view_part.ts";
import type { ConfigKind } from "../config/schema/keys.ts";
import type { ClassifierSetup, State } from "../setup/setup.ts";
import { checkMark, MARK, markOf } from "./mark.ts";
import { newWork, type Work } from "./work.ts";
import { notLeft, workNumbers } from "./work_metadata.ts";

const STATE = "state ";

/** Begins the name of the rows of a pass that was cut off; the number of rows that are there, and the pass's name follow. */
const PART = "part ";
const PART_STATE = "statistics of part ";

/** Begins the name of a whole pass of the trained network, or of a trial. */
const PASS = "pass ";

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
 * @throws {RangeError} when config, data or checkpoint differ: the result would be of neither run; or when the work is out of
 * the run's range. @throws {Error} when the file is damaged.
 */
export function unpackWork(
  bytes: Uint8Array,
  setup: ClassifierSetup,
  config: { epochs: number; batch: number },
  path: string,
  kind: ConfigKind<unknown>,
): Work {
  const { state, metadata } = parseWork(bytes, path, ["epochs", "seconds", ...MARK]);
  checkMark(metadata, setup, config, path, kind);
  const { epochs, batch } = config;
  const extent = { epochs, steps: Math.ceil(setup.train.count / batch) };
  const work = { ...workOf(state, setup.network), ...workNumbers(metadata, extent, path) };
  checkShapes(work, setup, path);
  return work;
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
  if (work.part && work.part.done > 0) {
    const { name, done, rows, statistics } = work.part;
    putRows(`${PART}${done} ${name}`, rows);
    for (const [name, values] of statistics ?? []) put(PART_STATE + name, values);
  }
  for (const [name, rows] of work.passes) putRows(PASS + name, rows);
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
      .map(([name, tensor]) => [name.slice((prefix + start).length), tensor] as const);
  const valuesUnder = (start: string) =>
    under(start).map(([name, { data }]) => [name, data as Float32Array] as const);
  const state: State = new Map([...legacyState(valuesUnder, network), ...valuesUnder(STATE)]);
  return {
    ...newWork(),
    before: tensors.get(prefix + "before")?.data as Float32Array | undefined ?? null,
    testFeatures: listed(testName),
    views: listed(viewName),
    part: partIn(under),
    passes: new Map(under(PASS).map(([name, { shape, data }]) => [name, rowsOf(shape, data)])),
    state: state.size > 0 ? state : null,
  };
}

/** The pass that was cut off. */
function partIn(under: (start: string) => (readonly [string, RawTensor])[]): ViewPart | null {
  const [found] = under(PART);
  if (!found) return null;
  const [name, { shape, data }] = found;
  const [, done, pass] = /^(\d+) (.*)$/.exec(name) ?? [];
  const statistics = new Map(under(PART_STATE).map(([name, { data }]) => [name, data as Float32Array]));
  const rows = rowsOf(shape, data);
  return { name: pass ?? "", done: Number(done), rows, statistics: statistics.size > 0 ? statistics : null };
}

function rowsOf([, width = 1]: readonly number[], data: RawTensor["data"]): MemoryRows {
  return new MemoryRows(width, data as Float32Array);
}

/** The state as `finetune` of the previous version kept it: the classifier, and the running statistics by number. */
function legacyState(
  under: (start: string) => (readonly [string, Float32Array])[],
  { statistics }: ClassifierSetup["network"],
): (readonly [string, Float32Array])[] {
  const numbered = under("statistics.").flatMap(([i, data]) => {
    const tensor = statistics[Number(i)];
    return tensor === undefined ? [] : [[nameOf(tensor), data] as const];
  });
  return [...under("classifier."), ...numbered];
}

/** @throws {RangeError} when features, logits or weights are not those of a run of this network on these images. */
export function checkShapes(
  work: Work,
  { train, dataset: { test }, network }: ClassifierSetup,
  path: string,
): void {
  const { before, testFeatures, views, part, passes } = work;
  checkLengths(work, network, path);
  const fits = (rows: readonly FeatureRows[], count: number) =>
    rows.every((each) => each.count === count && each.width === network.features);
  const looks = (before?.length ?? 0) / test.count / network.classes;
  const isOfPass = ({ width }: FeatureRows) => width === 1 || width === network.classes;
  const fitsPart = part === null || part.done > 0 && part.done <= part.rows.count &&
      (isOfPass(part.rows) || [train.count, test.count].some((count) => fits([part.rows], count)));
  if (
    fitsPart && passes.values().every(isOfPass) && fits(views, train.count) &&
    fits(testFeatures, test.count) && Number.isInteger(looks)
  ) {
    return;
  }
  throw notLeft(path, "it has features or logits of other shapes than this run's images give");
}

/** @throws {RangeError} when a tensor of the network is not as long as the network has it. */
function checkLengths({ state, part }: Work, network: ClassifierSetup["network"], path: string): void {
  const tensors = [...network.backbone, ...network.statistics, ...network.classifier.tensors];
  for (const values of [state, part?.statistics]) {
    for (const tensor of values ? tensors : []) {
      const length = values!.get(nameOf(tensor))?.length ?? tensor.size;
      if (length === tensor.size) continue;
      throw notLeft(path, `it has ${length} values of ${nameOf(tensor)}, and the network ${tensor.size}`);
    }
  }
}

/** Tells why a work file is not as it was written; null where it is. */
export function faultIn(bytes: Uint8Array): string | null {
  try {
    tensorsIn(bytes);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Reads a work file. @param keys Metadata keys that it must have. @throws {Error} when the file is damaged. */
export function parseWork(
  bytes: Uint8Array,
  path: string,
  keys: readonly string[],
): ReturnType<typeof parseSafetensors> {
  try {
    const parsed = tensorsIn(bytes);
    const missing = keys.find((key) => !(key in parsed.metadata));
    if (missing) throw new SyntaxError(`it has no ${missing}`);
    return parsed;
  } catch (error) {
    throw new Error(
      `Cannot resume ${path}: its work.safetensors is not what an interrupted run left: ${
        (error as Error).message
      }`,
    );
  }
}

/** The contents of a work file. @throws {Error} when its bytes are not those that were written. */
function tensorsIn(bytes: Uint8Array): ReturnType<typeof parseSafetensors> {
  if (sealOf(bytes) === "changed") throw new Error("its bytes have another SHA-256 than its metadata tell");
  const parsed = parseSafetensors(bytes);
  const strange = parsed.state.entries().find(([, { dtype }]) => dtype !== "f32");
  if (strange) throw new TypeError(`${strange[0]} takes 32-bit floats, current are ${strange[1].dtype}`);
  return parsed;
}
