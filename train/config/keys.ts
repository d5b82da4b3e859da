import { z } from "zod";
import type { Tree } from "./config_tree.ts";

/** A fault between keys that are each right. */
export interface Conflict {
  /** The key to change, dotted. */
  key: string;
  /** What it takes, in words, in view of the others. */
  takes: string;
}

/** The config of a command. */
export interface ConfigKind<C> {
  /** The command, as in `deno task <task>`. */
  task: string;
  /** Its keys, what each takes, its default. */
  schema: z.ZodType<C>;
  /** What no single key can tell. */
  conflicts(config: C): Conflict[];
  /** The epochs at which something changes, by key. */
  changes(config: C): Record<string, readonly number[]>;
  /** The file that is read when none is named. */
  defaultFile: string;
}

/** A part of a config with what is said in short written out: `loss: gml` is `loss: { name: gml }`. */
export function writtenOut(part: Tree): Tree {
  return typeof part.loss === "string" ? { ...part, loss: { name: part.loss } } : part;
}

/** What a list of epochs takes, in words. */
export const ASCENDING = "a list of whole numbers of at least 1, ascending";

/** Tells of changes that a run is over before: whoever shortens a recipe may want them earlier. */
export function unreached<C extends { epochs: number }>(kind: ConfigKind<C>, config: C): string[] {
  const { epochs } = config;
  if (epochs === 0) return []; // nothing is trained
  return Object.entries(kind.changes(config)).flatMap(([key, steps]) => {
    const late = steps.filter((step) => step >= epochs);
    const are = late.length === 1 ? "is" : "are";
    const told = `${late.join(" and ")} of ${key} ${are} not reached: epochs are counted from 0 to ${
      epochs - 1
    }`;
    return late.length === 0 ? [] : [told];
  });
}

/** What a path of the config leads to. */
export interface ConfigKey {
  /** What the key takes, in words. */
  takes: string;
  /** Whether text is taken as it is, never read as a number or a boolean. */
  text: boolean;
  /** Whether it is a section, with keys of its own. */
  section: boolean;
}

/** The schema below wrappers such as a default or null, with the first description met. */
function unwrap(schema: z.ZodType): { inner: z.ZodType; takes: string } {
  let takes = schema.description ?? "";
  while (
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodNullable
  ) {
    schema = schema.unwrap() as z.ZodType;
    takes ||= schema.description ?? "";
  }
  return { inner: schema, takes };
}

/** All dotted keys of the config, groups too, in the order of the schema. */
export function configKeys(of: z.ZodType): string[] {
  const walk = (schema: z.ZodType, prefix: string): string[] => {
    const { inner } = unwrap(schema);
    if (!(inner instanceof z.ZodObject)) return [];
    return Object.entries(inner.shape as Record<string, z.ZodType>)
      .flatMap(([key, value]) => [prefix + key, ...walk(value, `${prefix}${key}.`)]);
  };
  return walk(of, "");
}

/** What stands at a path of the config, as far as the path leads to known keys; an index of a list ends it. */
export function configKey(of: z.ZodType, path: readonly PropertyKey[]): ConfigKey {
  let { inner, takes } = unwrap(of);
  for (const key of path) {
    if (!(inner instanceof z.ZodObject) || !Object.hasOwn(inner.shape, key)) break;
    ({ inner, takes } = unwrap(inner.shape[key as string] as z.ZodType));
  }
  return { takes, text: inner instanceof z.ZodString, section: inner instanceof z.ZodObject };
}
