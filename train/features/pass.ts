import type { BrokenImage } from "../../data/mod.ts";
import type { Config } from "../config/load.ts";
import type { TestTime } from "../decision/decide.ts";
import type { SharedPass } from "../team/orders.ts";

/** The statistics that batch norms go by in a pass, by their name in a config. */
export type Statistics = Config["statistics"];

/** One pass over a set. */
export interface Pass extends SharedPass {
  /** `updated`: batch norms take each batch's statistics and update their estimates; batches are shuffled then. */
  statistics: Statistics;
  /** Hears of the broken images that the set allows, in place of the progress. */
  onBroken?: ((image: BrokenImage) => void) | undefined;
}

/** A pass over the plain images, as evaluation takes them. */
export const plainPass = { view: 0, augment: null, statistics: "frozen" } as const satisfies Omit<
  Pass,
  "name"
>;

/** The passes of a way over images: their changes, and a name for progress. */
export function passesOf(tta: TestTime, name: string): Pass[] {
  const plain = { ...plainPass, name };
  return tta === "none" ? [plain] : [plain, { ...plain, name: `${name}, mirrored`, mirrored: true }];
}

/** The part of a pass that any process goes by. */
export function sharedOf({ name, view, augment, mirrored }: Pass): SharedPass {
  return { name, view, augment, mirrored };
}
