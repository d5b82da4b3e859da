// What the package's doors show: few names at the front, and an example for every function.

import { assert, assertEquals } from "@std/assert";
import * as data from "../data/mod.ts";
import config from "../deno.json" with { type: "json" };
import * as nn from "../engine/nn/mod.ts";
import * as optim from "../engine/optim/mod.ts";
import * as formats from "../formats/mod.ts";
import * as root from "../mod.ts";
import * as train from "../train/mod.ts";
import { sourceFiles, textOf } from "./source_files.ts";

const doors: Record<string, object> = {
  ".": root,
  "./nn": nn,
  "./optim": optim,
  "./data": data,
  "./train": train,
  "./formats": formats,
};

/** The functions of a door; classes are described member by member. */
function functionsOf(door: object): string[] {
  const isFunction = (value: unknown) => typeof value === "function" && !/^class\b/.test(`${value}`);
  return Object.entries(door).filter(([, value]) => isFunction(value)).map(([name]) => name);
}

/** Functions whose documentation has no example, of those that these sources declare. */
function withoutExample(names: readonly string[], sources: readonly string[]): string[] {
  return names.filter((name) => {
    const declared = new RegExp(`^export (?:async )?function ${name}\\b`, "m");
    return !sources.some((code) => {
      const at = declared.exec(code)?.index;
      if (at === undefined) return false;
      const before = code.slice(0, at);
      return before.endsWith("*/\n") &&
        before.slice(before.lastIndexOf("/**")).includes("@example\n * ```ts");
    });
  });
}

Deno.test("the front door has the twenty names that a reader meets first, the rest is in namespaces", () => {
  const names = Object.entries(root).filter(([, value]) => typeof value === "function").map(([name]) => name);
  assert(names.length >= 18 && names.length <= 24, `${names.length}: ${names.join(", ")}`);
  const namespaces = Object.keys(root).filter((name) => !names.includes(name));
  assertEquals(namespaces, ["checkpoints", "engine", "ops", "runtime"]);
});

Deno.test("every function of the doors has an example, which ok:examples runs", () => {
  const sources = sourceFiles().filter((path) => /^(engine|data|formats|train)\/.*\.ts$/.test(path)).map(
    textOf,
  );
  assertEquals(Object.keys(config.exports), Object.keys(doors));
  for (const [name, door] of Object.entries(doors)) {
    const functions = functionsOf(door);
    assert(functions.length > 0, name);
    assertEquals(withoutExample(functions, sources), [], name);
  }
});

Deno.test("a function without an example is found", () => {
  const example = "/**\n * Doubles.\n *\n * @example\n * ```ts\n * twice(2);\n * ```\n */\n";
  const twice = "export function twice(x: number): number {\n  return 2 * x;\n}\n";
  assertEquals(withoutExample(["twice"], [example + twice]), []);
  assertEquals(withoutExample(["twice"], [`/** Doubles. */\n${twice}`]), ["twice"]);
  assertEquals(withoutExample(["twice"], [twice]), ["twice"]);
  assertEquals(withoutExample(["twice"], [`${example}const x = 1;\n${twice}`]), ["twice"]);
});
