import { fileURLToPath } from "node:url";
import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import type { Point } from "../../../bench/scale/points.ts";
import { scaleChart, scaleDocument } from "../../../bench/scale/report.ts";
import { sumUpDrift } from "../../../bench/scale/steps.ts";

Deno.test("a drift leaves the first fifth out, and tells a leak from a jump that comes back", () => {
  const samples = (resident: (i: number) => number, imagesPerSecond: (i: number) => number = () => 100) =>
    Array.from(
      { length: 25 },
      (_, i) => ({
        step: 20 * (i + 1),
        resident: resident(i),
        imagesPerSecond: imagesPerSecond(i),
        imagesPerProcessorSecond: imagesPerSecond(i) / 2,
      }),
    );
  const level = sumUpDrift(samples((i) => i < 5 ? 10 : 1000, (i) => i < 5 ? 1 : 100));
  assertEquals([level.memory, level.growth, level.speed], [1, 0, 1]);
  assertAlmostEquals(level.imagesPerSecond, 100);

  const leak = sumUpDrift(samples((i) => 1000 + i));
  assertAlmostEquals(leak.memory, 1024 / 1005);
  assertAlmostEquals(leak.growth, 19 / 1014.5);

  const jump = sumUpDrift(samples((i) => i === 15 ? 1100 : 1000));
  assertAlmostEquals(jump.memory, 1.1);
  assertEquals(Math.abs(jump.growth) < 0.01, true);

  // The later half of 20 samples at half the speed.
  const slower = sumUpDrift(samples(() => 1, (i) => i < 15 ? 100 : 50));
  assertAlmostEquals(slower.speed, 0.5);
  assertAlmostEquals(slower.processorSpeed!, 0.5);
});

Deno.test("what was not run has a dash in the table, and no time in the chart", () => {
  const run: Point = {
    series: "depth",
    x: 8,
    what: "resnet8",
    ms: 12.34,
    processorMs: 20,
    imagesPerSecond: 2593,
    planned: 2 ** 20,
    allocated: 2 ** 20,
    planning: 3,
    making: 40,
    dispatches: 136,
  };
  const planned = {
    ...run,
    x: 110,
    what: "resnet110",
    ms: null,
    processorMs: null,
    imagesPerSecond: null,
    planned: 2 ** 24,
  };
  const points = [run, { ...planned, allocated: null, making: null, dispatches: null }];
  const text = scaleDocument(points, { adapter: "some GPU" }, "chart.svg");
  assertStringIncludes(
    text,
    "| resnet8   | 12.3 |            20.0 |     2593 |        1.00 |          1.00 |",
  );
  assertStringIncludes(
    text,
    "| resnet110 |    – |               – |        – |       16.00 |             – |",
  );
  assertStringIncludes(text, "![Time and memory](chart.svg)");
  const svg = scaleChart(points, "some GPU");
  assertStringIncludes(svg, 'aria-label="Time and memory against what grows, on some GPU"');
  assertStringIncludes(svg, "Depth, small images");
  assertEquals([svg.includes("NaN"), svg.includes("Number of classes")], [false, false]);
});

Deno.test("a network that is none is refused in a line, without a stack", async () => {
  const script = fileURLToPath(new URL("../../../bench/scale/main.ts", import.meta.url));
  const args = ["run", "-A", "--no-check", script, "--steps", "50", "--network", "nonsense"];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const said = new TextDecoder().decode(stderr).trim();
  assertEquals(code, 1);
  assertStringIncludes(said, "error: Cannot read --network: it takes resnet8, ");
  assertEquals(said.split("\n").length, 1);
});
