import { plural } from "../progress/count.ts";
import { type Dispatch, dispatchTable, kernelTable, mebibytes, timeOf } from "../../engine/mod.ts";
import { pairLines } from "../flags/columns.ts";
import type { Profile } from "./profile.ts";

/** Writes a profile for people: the dispatches of each plan, the kernels, memory and times. */
export function formatProfile(profile: Profile): string {
  const { name, images, memory, ms, sections } = profile;
  const all = dispatchesOf(profile);
  const timed = all.some(({ ms }) => ms !== null);
  const whole = timeOf(all);
  const tables = sections.flatMap(({ name, dispatches }) => {
    const count = dispatches[0]?.count ?? 1;
    const times = count > 1 ? `, of one of ${count} runs; the share is that of all` : "";
    return [
      `${sections.length > 1 ? name : "Dispatches"}${timed ? ", each timed alone" : ""}${times}:`,
      dispatchTable(dispatches, whole),
      "",
    ];
  });
  const count = all.reduce((sum, { count }) => sum + count, 0);
  const alone = timed ? `; its ${count} dispatches, each alone, ${whole.toFixed(1)} ms` : "";
  const facts: [string, string][] = [
    [
      "time",
      `${ms.step.toFixed(1)} ms by the clock, ${rate(images / ms.step * 1000)} images/s${alone}`,
    ],
    ["first time", `${ms.first.toFixed(0)} ms: drivers compile shaders then, and remember them`],
    ["planning", `${ms.planning.toFixed(0)} ms, and ${ms.making.toFixed(0)} ms to make what was planned`],
    [
      "memory",
      `${mebibytes(memory.planned)} planned, ${mebibytes(memory.allocated)} allocated, beside the weights`,
    ],
  ];
  return [
    `${name[0].toUpperCase()}${name.slice(1)}, ${plural(images, "image")}`,
    "",
    ...tables,
    "By kernel:",
    kernelTable(all),
    "",
    ...pairLines(facts),
  ].join("\n");
}

/** Collects the dispatches of all plans of a profile. */
function dispatchesOf({ sections }: Profile): Dispatch[] {
  return sections.flatMap(({ dispatches }) => dispatches);
}

function rate(imagesPerSecond: number): string {
  return imagesPerSecond.toLocaleString("en", { maximumFractionDigits: imagesPerSecond < 10 ? 1 : 0 });
}
