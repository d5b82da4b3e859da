import { assertEquals } from "@std/assert";
import { sourceFiles, textOf, withoutComments } from "./source_files.ts";

// Each export of an engine file is used by another file, and by more than tests: what only tests reach is dead code,
// or is tested past the path that programs take.

/** The names that a file exports, but for those that it passes on. */
function exportedBy(code: string): string[] {
  const declared = /^export (?:async )?(?:function|class|interface|type|const|let) (?:\[([^\]]*)\]|(\w+))/gm;
  return [...code.matchAll(declared)].flatMap(([, several, one]) =>
    one ? [one] : several.split(",").map((name) => name.trim())
  );
}

/** Each name that a file under the folder exports and no other file but tests has, as `file: name`. */
function unreached(folder: string, texts: ReadonlyMap<string, string>): string[] {
  const words = new Map([...texts].map(([path, text]) => {
    return [path, new Set(withoutComments(text).match(/\w+/g))] as const;
  }));
  return [...texts].filter(([path]) => path.startsWith(folder)).flatMap(([path, text]) => {
    const users = [...words].filter(([other]) => other !== path && !other.startsWith("tests/"));
    return exportedBy(withoutComments(text))
      .filter((name) => !users.some(([, own]) => own.has(name)))
      .map((name) => `${path}: ${name}`);
  });
}

Deno.test("exports: what the engine exports is used by more than its own file and tests", () => {
  const code = sourceFiles().filter((path) => path.endsWith(".ts"));
  assertEquals(unreached("engine/", new Map(code.map((path) => [path, textOf(path)]))), []);
});

Deno.test("exports: made-up exports that only tests or comments reach are found by name", () => {
  const texts = new Map([
    [
      "engine/a.ts",
      "export const [used, lost] = [1, 2];\nexport interface Kept {}\nexport function tested() {}",
    ],
    ["engine/b.ts", `import { type Kept, used } from "./a.ts";\n// lost, tested\nexport type Own = Kept;`],
    ["tests/a_test.ts", `import { lost, tested } from "../engine/a.ts";`],
  ]);
  assertEquals(unreached("engine/", texts), ["engine/a.ts: lost", "engine/a.ts: tested", "engine/b.ts: Own"]);
});
