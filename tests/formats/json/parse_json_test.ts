import { assertEquals, assertThrows } from "@std/assert";
import { duplicateKey, parseJson } from "../../../formats/json/mod.ts";

Deno.test("JSON is read as JSON.parse reads it, up to 64 levels", () => {
  const deep = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
  for (const text of ['{"a": [1, "[{\\"", null]}', '"[["', "3", deep(64), '["\\\\"]']) {
    assertEquals(parseJson(text), JSON.parse(text));
  }
  assertThrows(() => parseJson(deep(65)), SyntaxError, "nested 64 deep at most");
  assertThrows(() => parseJson("[".repeat(5_000_000)), SyntaxError, "nested 64 deep at most");
  assertThrows(() => parseJson('{"a":'.repeat(100)), SyntaxError, "nested 64 deep at most");
  assertThrows(() => parseJson("{"), SyntaxError);
});

Deno.test("JSON of hardly anything but empty lists is refused: they take more memory than the text", () => {
  const lists = (count: number) => `[${"[],".repeat(count)}1]`;
  assertEquals((parseJson(lists(100_000)) as unknown[]).length, 100_001);
  assertThrows(() => parseJson(lists(300_000)), SyntaxError, "JSON with values");
  // Objects of a few words each are no such thing.
  const honest = JSON.stringify(Array.from({ length: 300_000 }, (_, id) => ({ id, name: "a.jpg" })));
  assertEquals((parseJson(honest) as unknown[]).length, 300_000);
});

Deno.test("a key that stands twice in one object is found, however long the strings are", () => {
  assertEquals(duplicateKey('{"a": {"b": 1}, "b": [{"b": 1}, {"b": 2}]}'), null);
  assertEquals(duplicateKey('{"a": 1, "b": {"c": 1, "\\u0063" : 2}}'), "c");
  assertEquals(duplicateKey('{"a": "b", "b": "a:", "c": ["a", ":"]}'), null);
  assertEquals(duplicateKey(`{"a": "${"\\n".repeat(5_000_000)}", "a": 1}`), "a");
});
