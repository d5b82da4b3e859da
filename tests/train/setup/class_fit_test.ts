// A checkpoint whose classes stand in another order than the run's is taken by their names, wherever one is taken.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { networkOf, parseSafetensors, stateShapes, writeSafetensors } from "../../../engine/mod.ts";
import type { StateDict } from "../../../engine/mod.ts";
import { takeCheckpoint } from "../../../train/setup/checkpoint.ts";
import { fitClasses } from "../../../train/setup/class_fit.ts";
import type { Setup } from "../../../train/setup/setup.ts";
import { everyclass } from "../command.ts";
import { Problem, quiet, randomState } from "../problem.ts";

const problem = new Problem();
const names = ["ant", "bee", "cat", "dog"];
Deno.writeTextFileSync(join(problem.data, "classes.txt"), names.join("\n"));

/** The class that each row of the turned checkpoint is of. */
const TURNED = [3, 0, 2, 1];

/** A checkpoint of this program. */
function file(name: string, state: StateDict, classes: readonly string[]): string {
  const path = problem.path(name);
  const told = { program: "everyclass", classes: JSON.stringify(classes), named: "true" };
  Deno.writeFileSync(path, writeSafetensors(state, told));
  return path;
}

/** A state with the rows of its classifier turned. */
function turned(state: StateDict): StateDict {
  const rows = new Map(state);
  for (const [name, { shape, data }] of state) {
    if (!name.startsWith("linear.")) continue;
    const [values, width] = [data as Float32Array, data.length / TURNED.length];
    const at = (i: number) => TURNED[Math.floor(i / width)] * width + i % width;
    rows.set(name, { dtype: "f32", shape, data: values.map((_, i) => values[at(i)]) });
  }
  return rows;
}

const { state } = parseSafetensors(Deno.readFileSync(problem.checkpoint));
const straight = file("straight.safetensors", state, names);
const other = file("turned.safetensors", turned(state), TURNED.map((label) => names[label]));
const TOLD =
  "The classes of the checkpoint stand in another order: its classifier is reordered by their names";

const read = (run: string, name: string) => Deno.readTextFileSync(problem.path(run, name));

async function run(
  command: string,
  name: string,
  checkpoint: string,
  more: string[] = [],
  sets = "epochs=1",
) {
  const { code, err } = await everyclass([command, ...problem.flags(name, sets, { checkpoint }), ...more]);
  assertEquals(code, 0, err);
  return err;
}

Deno.test("classes in another order: a checkpoint is evaluated, trained from and joined as it would be in the run's", async () => {
  for (const [command, more] of [["evaluate", []], ["evaluate", ["--ensemble"]], ["finetune", []]] as const) {
    const [a, b] = ["a", "b"].map((run) => `${command}${more} ${run}`);
    assert(!(await run(command, a, straight, more.length ? [...more, straight] : [])).includes(TOLD));
    assertStringIncludes(await run(command, b, other, more.length ? [...more, other] : []), TOLD);
    assertEquals(read(b, "recalls.csv"), read(a, "recalls.csv"));
    if (command !== "finetune") continue;
    const [from, to] = [a, b].map((run) => Deno.readFileSync(problem.path(run, "checkpoint.safetensors")));
    assertEquals(to, from);
  }
});

Deno.test("other classes: an evaluation refuses the checkpoint, a new classifier takes the place of its own", async () => {
  const strange = file("strange.safetensors", state, ["ant", "bee", "cat", "emu"]);
  const { code, err } = await everyclass(["evaluate", ...problem.flags("x", "", { checkpoint: strange })]);
  assertEquals(code, 1);
  assertStringIncludes(
    err,
    `Cannot use the checkpoint ${strange}: it takes one with the run's classes, current classes differ, class 3 is emu ` +
      "there and dog here: ",
  );
  const told = await run("finetune", "reinit", strange, [], "epochs=1 classifier=reinit");
  assertStringIncludes(
    told,
    "The classifier of the checkpoint has other classes and is left out: class 3 is emu",
  );
  assertEquals(JSON.parse(read("reinit", "summary.json")).before, null);
});

Deno.test("classes in another order: every tensor of a head is turned", () => {
  for (const head of ["linear", "cosine", "scaled"] as const) {
    const network = networkOf("resnet8", { classes: 4, channels: 1, head });
    const shapes = stateShapes(network);
    const plain = new Map([...randomState("resnet8", 4)].filter(([name]) => shapes.has(name)));
    const taken = (state: StateDict, order: string[]) => {
      const bytes = writeSafetensors(state, {
        program: "everyclass",
        classes: JSON.stringify(order),
        named: "true",
      });
      const run = { dataset: { classNames: names }, counts: new Uint32Array(4) } as unknown as Setup;
      return fitClasses("file", takeCheckpoint("file", bytes, network), { ...run, network }, quiet);
    };
    const [a, b] = [taken(plain, names), taken(turned(plain), TURNED.map((label) => names[label]))];
    assertEquals(b.state, a.state);
    assertEquals([a.sameOrder, b.sameOrder], [true, true]);
  }
});
