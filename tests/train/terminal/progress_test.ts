import { unicodeWidth } from "@std/cli";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { TerminalProgress } from "../../../train/terminal/progress.ts";
import { formatDuration } from "../../../train/progress/duration.ts";
import { COST } from "../../../train/progress/plan.ts";
import type { ProgressMode } from "../../../train/terminal/meter.ts";

/** Progress that writes into a text, at a time that the test sets. */
function recorded(mode: ProgressMode, columns = 100) {
  const record = { text: "", ms: 0, screen: () => "" };
  const progress = new TerminalProgress({
    mode,
    write: (text) => record.text += text,
    now: () => record.ms,
    columns: () => columns,
  });
  // What a terminal shows: each line as last drawn over.
  record.screen = () =>
    record.text.split("\n").map((line) => line.split("\r").at(-1)!.replace("\x1b[K", "")).join("\n");
  return { progress, record };
}

Deno.test("piped progress is a line per report and per stage, without control characters", () => {
  const { progress, record } = recorded("lines");
  const stage = progress.meter("retrain", 2000, { waited: () => record.ms / 4 });
  for (let epoch = 1; epoch <= 2; epoch++) {
    record.ms += 5000;
    stage.advance(1000);
    stage.report(`epoch ${epoch}/2`);
  }
  stage.end();
  assertEquals(
    record.text,
    "retrain: epoch 1/2\nretrain: epoch 2/2\nretrain: 2,000 images in 10 s, 200 images/s, 25% waiting for data\n",
  );
});

Deno.test("on a terminal a bar shows share, rate, waiting and time left in one line", () => {
  const { progress, record } = recorded("bar");
  const stage = progress.meter("evaluate", 10000, { waited: () => 0 });
  record.ms = 20_000;
  stage.advance(2500);
  assertEquals(
    record.screen(),
    "evaluate ━━━━━┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  25%  125 images/s, 0% waiting for data, 1 min 00 s left",
  );
  stage.report("mean 40.1");
  record.ms = 40_000;
  stage.advance(7500);
  assertStringIncludes(record.screen(), "100%  250 images/s, 0% waiting for data, 0.0 s left; mean 40");
  stage.end();
  assertEquals(
    record.screen(),
    "evaluate: 10,000 images in 40 s, 250 images/s, 0% waiting for data; mean 40.1\n",
  );
});

/** A run of four pieces, of which the first is over: 100 images in 10 s. */
function planned(mode: ProgressMode, columns: number) {
  const { progress, record } = recorded(mode, columns);
  progress.plan([
    { name: "evaluate", total: 100, cost: COST.forward },
    ...[1, 2].map((view) => ({ name: `view ${view}`, total: 600, cost: COST.forward })),
    { name: "re-train", total: 5000, unit: "samples", cost: COST.features },
  ]);
  const first = progress.meter("evaluate", 100);
  record.ms = 10_000;
  first.advance(100);
  first.end();
  return { progress, record };
}

Deno.test("a planned piece tells its number and the time left of the whole run", () => {
  const { progress, record } = planned("bar", 140);
  const view = progress.meter("view 1", 600);
  record.ms += 10_000;
  view.advance(100);
  // 500 and 600 images, and 5,000 samples as 100 images.
  assertStringIncludes(record.screen(), "step 2 of 4: view 1 ━━━┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  16%  10 images/s");
  assertStringIncludes(record.screen(), ", 50 s left here, about 2 min 00 s left in all");
  const unplanned = progress.meter("check", 10);
  record.ms += 1000;
  unplanned.advance(5);
  assertStringIncludes(record.screen(), "\ncheck ━━━━━━━━━━┈┈┈┈┈┈┈┈┈┈  50%  5 images/s, 1.0 s left");
});

Deno.test("piped progress tells number and time left at news and ends, without control characters", () => {
  const { progress, record } = planned("lines", 80);
  const view = progress.meter("view 1", 600);
  record.ms += 10_000;
  view.advance(100);
  view.report("so far so good");
  view.end();
  assertEquals(record.text.split("\n"), [
    "evaluate: 100 images in 10 s, 10 images/s; step 1 of 4 done, about 2 min 10 s left",
    "view 1: so far so good; about 2 min 00 s left",
    "view 1: 100 images in 10 s, 10 images/s; step 2 of 4 done, about 1 min 10 s left",
    "",
  ]);
});

Deno.test("while kernels compile the bar says so at once, and the rate counts from the first units after it", () => {
  const { progress, record } = recorded("bar");
  let waited = 0;
  const meter = progress.meter("train", 1000, { waited: () => waited });
  record.ms = 5; // sooner than the bar is drawn again otherwise
  meter.compiling();
  assertEquals(record.screen(), "train ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈   0%  compiling");
  [record.ms, waited] = [50_000, 10_000];
  meter.advance(100);
  assertEquals(record.screen(), "train ━━┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  10%");
  [record.ms, waited] = [51_000, 10_500];
  meter.advance(100);
  assertStringIncludes(record.screen(), "20%  100 images/s, 50% waiting for data, 8.0 s left");
  // The last batch is of another size.
  meter.compiling();
  record.ms = 81_000;
  meter.advance(1);
  record.ms = 82_000;
  meter.advance(100);
  meter.end();
  assertEquals(record.screen(), "train: 301 images in 1 min 22 s, 100 images/s, 25% waiting for data\n");
});

Deno.test("a piece of one unit says so in the singular", () => {
  const { progress, record } = recorded("lines");
  for (const [total, unit] of [[1, undefined], [1, "samples"], [2, "rows"]] as const) {
    const meter = progress.meter("predict", total, { unit });
    record.ms += 500;
    meter.advance(total);
    meter.end();
  }
  assertEquals(
    record.screen(),
    "predict: 1 image in 0.5 s, 2 images/s\npredict: 1 sample in 0.5 s, 2 samples/s\n" +
      "predict: 2 rows in 0.5 s, 4 rows/s\n",
  );
});

Deno.test("a piece that had no other units than those after compiling still tells its rate at its end", () => {
  const { progress, record } = recorded("lines");
  const meter = progress.meter("train", 100);
  meter.compiling();
  record.ms = 50_000;
  meter.advance(100);
  assertEquals(meter.rate, 0);
  meter.end();
  assertEquals(record.text, "train: 100 images in 50 s, 2 images/s\n");
});

Deno.test("where room is short the text is shortened, not the bar", () => {
  const drawn = (columns: number) => {
    const { progress, record } = planned("bar", columns);
    const view = progress.meter("view 1", 600, { waited: () => 0 });
    view.report("epoch 1 of 20, loss 0.5");
    record.ms += 10_000;
    view.advance(100);
    return record.screen().split("\n").at(-1)!;
  };
  const bar = "step 2 of 4: view 1 ━━━┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  16%";
  const all = "10 images/s, 0% waiting for data, 50 s left here, about 2 min 00 s left in all";
  assertEquals(drawn(160), `${bar}  ${all}; epoch 1 of 20, loss 0.5`);
  assertEquals(drawn(145), `${bar}  ${all}; epoch 1 of 20, lo`);
  assertEquals(drawn(126), `${bar}  ${all}`);
  assertEquals(drawn(125), `${bar}  ${all.replace("0% waiting for data, ", "")}; epoch 1 of 20, los`);
  assertEquals(drawn(80), `${bar}  about 2 min 00 s left in all`);
  for (let columns = 25; columns < 200; columns++) {
    const length = drawn(columns).match(/[━┈]+/)![0].length;
    assertEquals(length, Math.min(20, Math.floor((columns - 1) / 3)), `${columns} columns`);
  }
});

Deno.test("the bar is never coloured, and lines have no control characters", () => {
  for (const mode of ["bar", "lines", "quiet"] as const) {
    const { progress, record } = planned(mode, 80);
    const view = progress.meter("view 1", 600);
    view.compiling();
    record.ms += 1000;
    view.advance(600);
    view.report("news");
    view.end();
    progress[Symbol.dispose]();
    // deno-lint-ignore no-control-regex
    const codes = new Set(record.text.match(/\x1b\[[0-9;]*[A-Za-z]|\r/g));
    assertEquals([...codes].sort(), mode === "bar" ? ["\r", "\x1b[K"] : [], mode);
  }
});

Deno.test("the bar never reaches the last column, however narrow the terminal", () => {
  for (const columns of [200, 80, 40, 10, 1]) {
    const { progress, record } = recorded("bar", columns);
    const stage = progress.meter("features", 100);
    record.ms = 1000;
    stage.advance(50);
    assertEquals(record.screen().length < columns, true);
  }
});

Deno.test("the bar of a stage in wide characters ends where that of another does, and is cut by its width", () => {
  const drawn = (name: string, columns: number) => {
    const { progress, record } = recorded("bar", columns);
    const stage = progress.meter(name, 100);
    record.ms = 1000;
    stage.report("最少 雪豹 🐱 cafe\u0301");
    stage.advance(50);
    return record.screen();
  };
  const wide = drawn("评估🐱", 80);
  assertEquals(wide, drawn("assess", 80).replace("assess", "评估🐱"));
  assertEquals([unicodeWidth(wide), wide.includes("━")], [76, true]);
  for (let columns = 1; columns < 100; columns++) {
    const width = unicodeWidth(drawn("评估🐱", columns));
    assertEquals(width < columns, true, `${width} of ${columns} columns`);
  }
});

Deno.test("the bar is drawn ten times a second at most, and lines pass above it", () => {
  const { progress, record } = recorded("bar");
  const stage = progress.meter("features", 1000);
  for (let i = 0; i < 1000; i++) {
    record.ms++;
    stage.advance(1);
  }
  assertEquals(record.text.split("\r").length - 1, 11); // at the start and after every 100 ms
  progress.line("a warning");
  assertEquals(record.screen(), "a warning\n");
  record.ms++;
  stage.advance(0);
  assertStringIncludes(record.screen(), "a warning\nfeatures");
});

Deno.test("progress that ends in the middle of a bar leaves a clean line", () => {
  const { progress, record } = recorded("bar");
  progress.meter("features", 10).advance(5);
  progress[Symbol.dispose]();
  assertEquals(record.screen(), "");
});

Deno.test("quiet progress writes nothing but still measures", () => {
  const { progress, record } = recorded("quiet");
  let waited = 7000; // what the loader waited before this stage is not the stage's
  const stage = progress.meter("features", 100, { waited: () => waited });
  record.ms = 2000;
  waited += 500;
  stage.advance(100);
  stage.report("news");
  stage.end();
  progress.line("text");
  record.ms = 9000;
  assertEquals([record.text, stage.seconds, stage.rate, stage.waitShare], ["", 2, 50, 0.25]);
});

Deno.test("durations are told in the units people use", () => {
  assertEquals(
    [0, 4.24, 9.96, 59.4, 59.6, 185, 3599.6, 3725].map(formatDuration),
    ["0.0 s", "4.2 s", "10 s", "59 s", "1 min 00 s", "3 min 05 s", "1 h 00 min", "1 h 02 min"],
  );
});
