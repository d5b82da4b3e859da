import { z } from "zod";
import { type PretrainedName, pretrainedNames, published } from "../../pretrained/published.ts";
import type { Source } from "../../../data/mod.ts";
import { isTree, merge, type Tree } from "./config_tree.ts";
import type { Conflict } from "./keys.ts";

/** Sources of images in files of any size; those of the others are all of one size, and in memory. */
export const ENCODED: readonly Source[] = ["list", "folder", "parquet"];

/** A path, by default none. */
export const path = () => z.string().min(1).nullable().describe("a path or null").default(null);

/** Which weights a run begins with. */
export const weightsKeys = () => ({
  /** Weights to begin with, torch or safetensors. */
  checkpoint: path(),
  /** List of the images that checkpoint was trained with, `path label` a line: the order of the classes is checked. */
  checkpointList: path(),
  /** Where the weights stand in a checkpoint that holds several networks: keys joined by dots, or the beginning of names. */
  checkpointKey: z.string().min(1).nullable().describe("text or null").default(null),
  /** Beginnings of names in the checkpoint and the network's in their place; null leaves the tensors out. */
  checkpointRename: z.record(z.string().min(1), z.string().nullable())
    .nullable().describe("names of the checkpoint and what each becomes, or null").default(null),
  /** Published weights to begin with, whose network, normalisation and image size the run takes. */
  pretrained: z.enum(pretrainedNames).nullable().describe(`one of ${pretrainedNames.join(", ")}, or null`)
    .default(null),
  /** URL or folder that has those published files, in place of the official address. */
  mirror: z.string().min(1).nullable().describe("a URL, a folder or null").default(null),
});

type WeightsConfig = z.output<z.ZodObject<ReturnType<typeof weightsKeys>>>;

/** Conflicts of what is said of a checkpoint that there is none of. */
export function checkpointConflicts(config: WeightsConfig): Conflict[] {
  const of = (key: "checkpointList" | "checkpointKey" | "checkpointRename", whose: string) =>
    config[key] !== null && config.checkpoint === null
      ? [{ key, takes: `null without a checkpoint, whose ${whose}` }]
      : [];
  return [
    ...of("checkpointList", "list it is"),
    ...of("checkpointKey", "key it is"),
    ...of("checkpointRename", "names these are"),
  ];
}

/** Conflicts of published weights with what else is said of the network. */
export function pretrainedConflicts(
  config:
    & Pick<WeightsConfig, "pretrained" | "mirror" | "checkpoint">
    & { network: string; classifier: string; stage1?: string | null },
): Conflict[] {
  const { pretrained, mirror, checkpoint, network, classifier, stage1 = null } = config;
  if (pretrained === null) {
    return mirror === null ? [] : [{ key: "mirror", takes: "null without pretrained, whose files it has" }];
  }
  const found: Conflict[] = [];
  const add = (wrong: boolean, key: string, takes: string) => wrong && found.push({ key, takes });
  const { network: own } = published[pretrained];
  add(network !== own, "network", `${own} with pretrained ${pretrained}`);
  if (checkpoint !== null) return found; // whose weights take the place of the published ones
  add(
    classifier !== "reinit",
    "classifier",
    `reinit with pretrained ${pretrained}, whose classes are ImageNet's`,
  );
  add(stage1 !== null, "stage1", `null with pretrained ${pretrained}, which is the stage 1`);
  return found;
}

/**
 * A config's tree with what published weights bring with them: their network, a new classifier in place of a stage 1, and
 * for images in files the size that they were trained with. What the file says is overruled where `--set` or a flag names the
 * weights; where the file itself does, what it says besides stays.
 *
 * @param tree The file's keys. @param set Keys that `--set` has put together. @param checkpoint True if a flag names a checkpoint.
 */
export function forPretrained(tree: Tree, set: Tree, checkpoint: boolean): Tree {
  const [old, now] = [tree.pretrained, set.pretrained === undefined ? tree.pretrained : set.pretrained];
  if (!isPretrained(now)) return tree;
  const source = [set, tree].map(({ data }) => isTree(data) ? data.source : undefined).find((one) => one);
  const { network, resize } = published[now];
  const begun = checkpoint || [set.checkpoint, tree.checkpoint].some((file) => typeof file === "string");
  const brought: Tree = {
    network,
    ...!begun && { classifier: "reinit", ...(tree.stage1 !== undefined && { stage1: null }) },
    ...ENCODED.some((one) => one === source) && { data: { resize, size: 224 } },
  };
  return now === old ? merge(brought, tree) : merge(tree, brought);
}

function isPretrained(name: unknown): name is PretrainedName {
  return pretrainedNames.some((known) => known === name);
}
