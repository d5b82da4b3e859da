import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { loadConfig } from "../../../train/config/load.ts";
import { parseYaml } from "../../../train/config/yaml.ts";

/** Lists of two aliases of the one before, and one of words to begin with. */
const doubled = (times: number): string =>
  [
    "a0: &a0 [word, word]",
    ...Array.from({ length: times }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`),
  ]
    .join("\n");

Deno.test("aliases are read, and refused where they double without end", () => {
  assertEquals(parseYaml(doubled(1)), { a0: ["word", "word"], a1: [["word", "word"], ["word", "word"]] });
  parseYaml(doubled(9));
  for (const text of [doubled(27), "a: &a [*a]", "a: &a { b: *a }", `a: &a [${"1,".repeat(9000)} *a]`]) {
    assertThrows(() => parseYaml(text), SyntaxError, "10000 values at most");
  }
});

Deno.test("a text far longer than a config is refused before it is parsed", () => {
  assertEquals(parseYaml(`# ${"x".repeat(60_000)}\na: 1`), { a: 1 });
  assertThrows(() => parseYaml(" ".repeat(65_537)), SyntaxError, "65536 letters at most, current are 65537");
});

Deno.test("a config whose aliases double is refused by name, in a file and by --set", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "laughs.yaml");
    await Deno.writeTextFile(file, doubled(27));
    const { message } = await assertRejects(() => loadConfig(file), SyntaxError);
    assertStringIncludes(message, `Cannot read the config ${file}: it takes YAML: 10000 values at most`);
    const set = [
      "seed=[&a [1, 1]" + Array.from({ length: 27 }, (_, i) =>
        `, &${"a".repeat(i + 2)} [*${"a".repeat(i + 1)}, *${"a".repeat(i + 1)}]`).join("") +
      "]",
    ];
    await assertRejects(
      () =>
        loadConfig(null, { set }),
      Error,
      "its value is not YAML: 10000 values at most",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
