import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../../train/flags/errors.ts";
import { modelsOf } from "../../../train/reproduce/models.ts";

Deno.test("models: a name, an equals sign and a file; without a name the file's own", () => {
  assertEquals(modelsOf(["BSCE=a/b.pt", "runs/x=1/mis las.v2.safetensors", "c=d=e.pt"]), [
    { name: "BSCE", file: "a/b.pt" },
    { name: "mis-las.v2", file: "runs/x=1/mis las.v2.safetensors" },
    { name: "c", file: "d=e.pt" },
  ]);
});

Deno.test("models: none, a bad name, no file or two of one name are refused", () => {
  const refuses = (given: string[], part: string) =>
    assertStringIncludes(assertThrows(() => modelsOf(given), UsageError).message, part);
  refuses([], "none is given");
  refuses(["="], "it takes NAME=FILE");
  refuses(["a="], "it takes NAME=FILE");
  refuses(["=a.pt"], "it takes NAME=FILE");
  refuses(["a b=a.pt"], "it takes NAME=FILE");
  refuses(["..=a.pt"], "it takes NAME=FILE");
  refuses(["x/a.pt", "y/a.pt"], "Cannot take a twice");
});
