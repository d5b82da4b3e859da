import { z } from "zod";
import { isTree, type Tree } from "./schema/config_tree.ts";
import { unwrap } from "./schema/keys.ts";
import { sameWord } from "../flags/nearest.ts";

/** Lists the words that a key takes; none where it takes no words, or any. */
export function choicesOf(schema: z.ZodType): string[] {
  const { inner } = unwrap(schema);
  if (inner instanceof z.ZodUnion) return (inner.options as z.ZodType[]).flatMap(choicesOf);
  if (!(inner instanceof z.ZodEnum || inner instanceof z.ZodLiteral)) return [];
  const words = inner instanceof z.ZodEnum ? inner.options : [...inner.values];
  return words.filter((word) => typeof word === "string");
}

/** Writes the choices in a part of a config as the schema has them: `loss: { name: GML }` becomes `loss: { name: gml }`. */
export function spelled(schema: z.ZodType, part: Tree): Tree {
  const { inner } = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) return part;
  const shape = inner.shape as Record<string, z.ZodType>;
  const spell = (key: string, value: unknown) => {
    if (!Object.hasOwn(shape, key)) return value;
    if (isTree(value)) return spelled(shape[key], value);
    return typeof value === "string" ? sameWord(value, choicesOf(shape[key])) : value;
  };
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, spell(key, value)]));
}
