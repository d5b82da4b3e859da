import { unicodeWidth } from "@std/cli";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { TerminalProgress } from "../../../train/terminal/progress.ts";
import { formatDuration } from "../../../train/progress/duration.ts";
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
    "evaluate ━━━━━━━┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈  25%  125 images/s, 0% waiting for data, 1 min 00 s left",
  );
  stage.report("mean 40.1");
  record.ms = 40_000;
  stage.advance(7500);
  assertStringIncludes(record.screen(), "100%  250 images/s, 0% waiting for data, 0.0 s left; mean 40.1");
  stage.end();
  assertEquals(
    record.screen(),
    "evaluate: 10,000 images in 40 s, 250 images/s, 0% waiting for data; mean 40.1\n",
  );
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
  assertEquals([unicodeWidth(wide), wide.includes("━")], [78, true]);
  for (let columns = 1; columns < 50; columns++) {
    // One column stays free, and another where a character of two would take it.
    const free = columns - unicodeWidth(drawn("评估🐱", columns));
    assertEquals(free === 1 || free === 2, true, `${free} of ${columns} columns are free`);
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
