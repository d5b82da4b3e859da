import { z } from "zod";
import type { Tree } from "./config_tree.ts";

/** A conflict between keys whose values are each valid. */
export interface Conflict {
  /** The key to change, dotted. */
  key: string;
  /** Values that the key takes beside the others, in words. */
  takes: string;
}

/** The config of a command. */
export interface ConfigKind<C> {
  /** The command, as in `deno task <task>`. */
  task: string;
  /** Schema: keys, the values they take, defaults. */
  schema: z.ZodType<C>;
  /** Finds conflicts between keys. */
  conflicts(config: C): Conflict[];
  /** Epochs at which something changes, by key. */
  changes(config: C): Record<string, readonly number[]>;
  /** Default config file. */
  defaultFile: string;
}

/** Writes short forms in a part of a config in full: `loss: gml` becomes `loss: { name: gml }`, `adjust: 1` `adjust: { t: 1 }`. */
export function writtenOut(part: Tree): Tree {
  const { loss, adjust } = part;
  return {
    ...part,
    ...typeof loss === "string" && { loss: { name: loss } },
    ...(typeof adjust === "string" || typeof adjust === "number") && { adjust: { t: adjust } },
  };
}

/** Values that a list of epochs takes, in words. */
export const ASCENDING = "a list of whole numbers of at least 1, ascending";

/** Warns of changes after the end of the run: after shortening a recipe the user may want the changes earlier. */
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

/** The key at a path of the config. */
export interface ConfigKey {
  /** Values that the key takes, in words. */
  takes: string;
  /** True where text stays text and is never read as a number or a boolean. */
  text: boolean;
  /** True for a section, which has keys of its own. */
  section: boolean;
  /** Its schema, without null and defaults. */
  inner: z.ZodType;
}

/** Unwraps defaults, null and other wrappers of a schema and keeps the first description. */
export function unwrap(schema: z.ZodType): { inner: z.ZodType; takes: string } {
  let takes = schema.description ?? "";
  while (
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodNullable
  ) {
    schema = schema.unwrap() as z.ZodType;
    takes ||= schema.description ?? "";
  }
  return { inner: schema, takes };
}

/** Lists all dotted keys of the config, sections too, in the order of the schema. */
export function configKeys(of: z.ZodType): string[] {
  const walk = (schema: z.ZodType, prefix: string): string[] => {
    const { inner } = unwrap(schema);
    if (!(inner instanceof z.ZodObject)) return [];
    return Object.entries(inner.shape as Record<string, z.ZodType>)
      .flatMap(([key, value]) => [prefix + key, ...walk(value, `${prefix}${key}.`)]);
  };
  return walk(of, "");
}

/** Follows a path as far as it leads to known keys; an index of a list ends it. */
export function configKey(of: z.ZodType, path: readonly PropertyKey[]): ConfigKey {
  let { inner, takes } = unwrap(of);
  for (const key of path) {
    if (!(inner instanceof z.ZodObject) || !Object.hasOwn(inner.shape, key)) break;
    ({ inner, takes } = unwrap(inner.shape[key as string] as z.ZodType));
  }
  return { takes, text: inner instanceof z.ZodString, section: inner instanceof z.ZodObject, inner };
}
