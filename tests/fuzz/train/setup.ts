import { newImageSet } from "../../../data/mod.ts";
import { networkOf } from "../../../engine/mod.ts";
import type { Setup } from "../../../train/setup/setup.ts";

/** The parts of a small run's setup that saved work is held against. */
export function smallSetup(): Setup {
  const names = ["a", "b", "c"];
  const [train, test] = [newImageSet(4, 8, 8, 1, names), newImageSet(3, 8, 8, 1, names)];
  const network = networkOf(
    "resnet8",
    { classes: names.length, channels: 1 } as Parameters<typeof networkOf>[1],
  );
  const dataset = {
    name: "IDX",
    origin: "here",
    classNames: names,
    numbered: true,
    train,
    test,
    mean: [0],
    std: [1],
  };
  const stage1 = new Map([["x", new Float32Array(4)]]);
  return { network, dataset, train, stage1, counts: Uint32Array.of(2, 1, 1) } as unknown as Setup;
}
