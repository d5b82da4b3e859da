// A stop after the passes over the images, while verdict, curve and report are made in one go.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { beyondRows, choiceRows } from "../../../train/reproduce/beyond.ts";
import { pointCurve } from "../../../train/results/rule/curve.ts";
import { withFullDisk } from "../../data/disk/full_disk.ts";
import { everyclass } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();

for (const command of ["evaluate", "adjust"]) {
  Deno.test(`${command} stops between its passes and its report, and leaves no folder`, async () => {
    const name = `${command} stopped`;
    let stop = () => {};
    const hear = (path: string) => {
      if (path.includes("recalls.csv")) stop();
      return false;
    };
    const flags = problem.flags(name, command === "adjust" ? "adjust.t=1" : "");
    const { code, err } = await withFullDisk(hear, () =>
      everyclass([command, ...flags], (_, send) => {
        stop = () => send("SIGINT");
      }, problem.path("cache")));
    assertEquals(code, 130, err);
    assert(![...Deno.readDirSync(problem.folder)].some((entry) => entry.name === name));
  });
}

/** Stops at the call of this number. */
function stopAt(number: number) {
  let calls = 0;
  return () => {
    if (++calls === number) throw new Error(`stopped at ${calls}`);
  };
}

Deno.test("a curve of points stops amid its points, and rows beyond the paper's amid their choices", () => {
  const [images, classes] = [200, 3];
  const labels = Uint32Array.from({ length: images }, (_, i) => i % classes);
  const members = [0, 1].map((look) => ({
    logits: Float32Array.from({ length: images * classes }, (_, i) => Math.sin(i + look)),
  }));
  const test = { labels, classes, counts: Uint32Array.of(30, 9, 3) };
  assertThrows(() => pointCurve({ members, ...test }, [0, 1, 2], stopAt(3)), Error, "stopped at 3");
  const models = new Map([["A", { before: members, after: [members] }]]);
  assertThrows(() => beyondRows(models, { ...test, check: stopAt(4) }), Error, "stopped at 4");
  assertThrows(() => choiceRows("A", members, { ...test, check: stopAt(60) }), Error, "stopped at 60");
});
