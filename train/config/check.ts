import type { z } from "zod";
import { configKey, configKeys, type ConfigKind } from "./schema/keys.ts";
import { valueAt } from "./schema/config_tree.ts";
import { nearest } from "../flags/nearest.ts";
import { shortened } from "./shortened.ts";

/** Most faults that a message lists. */
const LINES = 20;

/** A fault of a config: its key, and whether the type of the value is wrong or only the value. */
interface Fault {
  text: string;
  wrongType: boolean;
}

/**
 * Checks a config against the schema, fills in the defaults, and checks keys against each other.
 *
 * @param kind The command of the config.
 * @param tree The config as read.
 * @param source Its origin, for the message.
 * @throws {TypeError} when a value has a wrong type.
 * @throws {RangeError} when a key is unknown, or a value is out of range or does not fit another.
 */
export function checkConfig<C>(kind: ConfigKind<C>, tree: unknown, source: string): C {
  const { schema } = kind;
  const result = schema.safeParse(tree);
  throwFaults(
    result.success
      ? kind.conflicts(result.data).map(({ key, takes: what }) => ({
        text: takes(key, what, valueAt(result.data, key.split("."))),
        wrongType: false,
      }))
      : result.error.issues.flatMap((i) => explain(schema, i, tree)),
    source,
  );
  return result.data!;
}

/**
 * Checks that a part of a config has keys where the schema has sections. Otherwise keys that another part sets there would
 * silently replace the value.
 *
 * @param source Origin of the part, for the message.
 * @throws {TypeError} when a section has another value.
 */
export function checkSections({ schema }: ConfigKind<unknown>, tree: unknown, source: string): void {
  const issues = schema.safeParse(tree).error?.issues ?? [];
  const wrong = issues.filter(({ code, path }) => code === "invalid_type" && configKey(schema, path).section);
  throwFaults(wrong.flatMap((issue) => explain(schema, issue, tree)), source);
}

/** @throws {TypeError | RangeError} when there are faults. */
function throwFaults(faults: readonly Fault[], source: string): void {
  if (faults.length === 0) return;
  const lines = [...new Set(faults.map((f) => f.text))];
  const first = lines.slice(0, LINES);
  if (lines.length > LINES) first.push(`and ${lines.length - LINES} more`);
  const list = lines.length === 1 ? ` ${lines[0]}` : first.map((line) => `\n  ${line}`).join("");
  const ErrorClass = faults.some((f) => f.wrongType) ? TypeError : RangeError;
  throw new ErrorClass(`Cannot use the config ${source}:${list}`);
}

/** Describes a fault found by the schema in our words. */
function explain(schema: z.ZodType, issue: z.core.$ZodIssue, tree: unknown): Fault[] {
  if (issue.code === "unrecognized_keys") {
    const known = configKeys(schema);
    return issue.keys.map((key) => {
      const path = [...issue.path, key].join(".");
      return {
        text: `${shortened(path)} is not a key; the nearest is ${nearest(path, known)}`,
        wrongType: false,
      };
    });
  }
  // A fault of an element shows the whole list.
  const path = issue.path.filter((part) => typeof part === "string");
  const name = path.join(".");
  const value = valueAt(tree, path);
  return [{ text: takes(name, configKey(schema, path).takes, value), wrongType: isWrongType(issue, value) }];
}

function takes(name: string, what: string, value: unknown): string {
  // JSON writes NaN and infinity as null; YAML can hold them.
  const current = typeof value === "number" ? String(value) : JSON.stringify(value);
  return `${name} takes ${what}, current value is ${shortened(String(current))}`;
}

function isWrongType(issue: z.core.$ZodIssue, value: unknown): boolean {
  const isNumber = typeof value === "number" && Number.isFinite(value);
  switch (issue.code) {
    case "invalid_type": // 1.5 where a whole number is expected is out of range
      return !(issue.expected === "int" && (isNumber || Array.isArray(value)));
    case "invalid_value":
      return typeof value !== "string";
    case "invalid_union":
      return typeof value !== "string" && !isNumber;
    default:
      return false;
  }
}
