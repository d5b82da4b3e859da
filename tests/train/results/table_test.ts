import { assertEquals } from "@std/assert";
import { classMetrics } from "../../../train/results/metrics.ts";
import { metricsTable } from "../../../train/results/table.ts";

Deno.test("the table aligns its numbers, shows what is missing as a dash and leaves out absent models", () => {
  const table = metricsTable([
    { name: "before", metrics: classMetrics([1, 0], [500, 50]) },
    { name: "after", metrics: classMetrics([1, 1], [500, 50]) },
    { name: "ensemble", metrics: null },
  ]);
  assertEquals(
    "\n" + table,
    `
          mean  G-mean  H-mean  lowest  zero recall    many  medium  few
────────────────────────────────────────────────────────────────────────
before   50.00    3.16    0.20    0.00            1  100.00    0.00    –
after   100.00  100.00  100.00  100.00            0  100.00  100.00    –`,
  );
});

Deno.test("the table's columns are straight below names of wide characters and of accents", () => {
  const metrics = classMetrics([1, 0], [500, 50]);
  const table = metricsTable(["雪豹 before", "🐱 after", "cafe\u0301"].map((name) => ({ name, metrics })));
  assertEquals(
    "\n" + table,
    `
              mean  G-mean  H-mean  lowest  zero recall    many  medium  few
────────────────────────────────────────────────────────────────────────────
雪豹 before  50.00    3.16    0.20    0.00            1  100.00    0.00    –
🐱 after     50.00    3.16    0.20    0.00            1  100.00    0.00    –
cafe\u0301         50.00    3.16    0.20    0.00            1  100.00    0.00    –`,
  );
});

Deno.test("the table with all its rows at their widest fits 80 columns", () => {
  const metrics = classMetrics([1, 1, 1], [500, 50, 5]);
  const lines = metricsTable([{ name: "ensemble", metrics }]).split("\n");
  assertEquals(lines.filter((line) => line.length > 80), []);
});
