// Files of the product stay short enough to be read at once.

import { assertEquals } from "@std/assert";
import { sourceFiles, textOf } from "./source_files.ts";

/** Most lines of a file. */
const MOST = 250;

Deno.test("each file of the product has at most 250 lines", () => {
  const files = sourceFiles().filter((path) =>
    /^(data|engine|formats|shaders|train)\/.*\.(ts|wgsl)$/.test(path)
  );
  const long = files.map((path) => ({ path, lines: textOf(path).split("\n").length - 1 })).filter((
    { lines },
  ) => lines > MOST);
  assertEquals([files.length > 500, long], [true, []]);
});
