import { parseSafetensors, type StateDict, writeSafetensors } from "../engine/mod.ts";
import type { ClassifierState } from "./classifier.ts";
import type { Work } from "./finetune.ts";
import type { EpochRow } from "./records.ts";

const CLASSIFIER = ["weight", "bias", "momentumWeight", "momentumBias"] as const;

/** The work of an interrupted run as the bytes of a safetensors file; every number is kept to the bit. */
export function packWork(work: Work): Uint8Array {
  const state: StateDict = new Map();
  const put = (name: string, data: Float32Array | null | undefined) => {
    if (data) state.set(name, { dtype: "f32", shape: [data.length], data });
  };
  put("testFeatures", work.testFeatures);
  work.views.forEach((rows, view) => put(`view.${view}`, rows));
  for (const part of CLASSIFIER) put(`classifier.${part}`, work.classifier?.[part]);
  work.statistics?.forEach((values, i) => put(`statistics.${i}`, values));
  return writeSafetensors(state, { epochs: JSON.stringify(work.epochs) });
}

/** The work in such a file. @throws {CheckpointError} when it is damaged. */
export function unpackWork(bytes: Uint8Array): Work {
  const { state, metadata } = parseSafetensors(bytes);
  const get = (name: string) => state.get(name)?.data as Float32Array | undefined;
  const numbered = (prefix: string) => {
    const found: Float32Array[] = [];
    for (let rows = get(`${prefix}.0`); rows; rows = get(`${prefix}.${found.length}`)) found.push(rows);
    return found;
  };
  const statistics = numbered("statistics");
  return {
    testFeatures: get("testFeatures") ?? null,
    views: numbered("view"),
    classifier: get("classifier.weight")
      ? Object.fromEntries(
        CLASSIFIER.map((part) => [part, get(`classifier.${part}`)]),
      ) as unknown as ClassifierState
      : null,
    statistics: statistics.length > 0 ? statistics : null,
    epochs: JSON.parse(metadata.epochs ?? "[]") as EpochRow[],
  };
}
