import { assert, assertEquals, assertThrows } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { repository } from "../source_files.ts";
import { linesOf, shareOf } from "./lcov.ts";

Deno.test("coverage: lines of each file are counted, and once where two parts of a report tell of them", () => {
  const report = "SF:/a.ts\nDA:1,3\nDA:2,0\nDA:4,0\nLH:1\nLF:3\nend_of_record\n" +
    "SF:/b.ts\nFN:1,f\nDA:1,1\nend_of_record\nSF:/a.ts\nDA:2,1\nDA:1,0\nend_of_record\n";
  const files = linesOf(report);
  assertEquals(files, [{ file: "/a.ts", run: 2, all: 3 }, { file: "/b.ts", run: 1, all: 1 }]);
  assertEquals(shareOf(files), 0.75);
});

Deno.test("coverage: what is no report is refused, and one without lines", () => {
  assertThrows(() => linesOf("DA:1,2"), SyntaxError, "it has the line DA:1,2");
  assertThrows(() => linesOf("SF:/a.ts\nDA:1,x"), SyntaxError, "it has the line DA:1,x");
  assertThrows(() => shareOf([]), RangeError, "current are none");
});

Deno.test("coverage: parts that go into one folder add up", async () => {
  const into = Deno.makeTempDirSync({ prefix: "everyclass-coverage-" });
  const [, ...words] = manifest.tasks["test:coverage"].command.split(" ");
  for (const tests of [["tests/formats/zip"], ["tests/fuzz/fuzz_test.ts", "tests/data/sampling"]]) {
    const args = [...words, "--into", into, "--files", "data/sampling", ...tests];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: repository }).output();
    assert(!new TextDecoder().decode(stdout).includes("fuzz_test.ts"), "what goes by time is left out");
  }
  const both = linesOf(
    [...Deno.readDirSync(into)].map(({ name }) => Deno.readTextFileSync(`${into}/${name}`)).join("\n"),
  );
  const isRun = (part: string) => both.some(({ file, run }) => file.includes(part) && run > 20);
  assertEquals(["/formats/zip/zip.ts", "/data/sampling/sampler.ts"].map(isRun), [true, true]);
  Deno.removeSync(into, { recursive: true });
});
