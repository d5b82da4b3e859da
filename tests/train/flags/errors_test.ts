import { assertEquals, assertStringIncludes } from "@std/assert";
import { describeError } from "../../../train/flags/errors.ts";

Deno.test("an error is told by its message, and with its stack only when debugging", () => {
  const error = new Error("Cannot do it");
  assertEquals(describeError(error, false), "error: Cannot do it");
  assertStringIncludes(describeError(error, true), "errors_test.ts");
});

Deno.test("a cause that the message quotes is not told twice", () => {
  const cause = new Error("disk full");
  assertEquals(
    describeError(new Error("Cannot write a: disk full", { cause }), false),
    "error: Cannot write a: disk full",
  );
});

Deno.test("what is no error is told as it is", () => {
  assertEquals(describeError("stop", false), "error: stop");
});

Deno.test("control characters of a name in a message are spelled out", () => {
  const error = new Error("Cannot read \x1b[2Ja\r: it takes\n  two lines");
  assertEquals(describeError(error, false), "error: Cannot read \\x1b[2Ja\\x0d: it takes\n  two lines");
});
