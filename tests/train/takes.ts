import { assertEquals } from "@std/assert";
import type { Summary } from "../../train/results/records.ts";
import { everyclass } from "./command.ts";
import type { Problem } from "./problem.ts";

/** Checks that `finetune` and `evaluate` take what a run of `train` left, and find in it what that run found. */
export async function assertTaken(problem: Problem, run: string): Promise<void> {
  const summaryOf = (run: string) => JSON.parse(Deno.readTextFileSync(problem.path(run, "summary.json")));
  const checkpoint = problem.path(run, "checkpoint.safetensors");
  const { after }: Summary = summaryOf(run);
  for (const [task, sets] of [["finetune", "epochs=1 views=1"], ["evaluate", ""]] as const) {
    const out = `${run} taken by ${task}`;
    const { code, err } = await everyclass([task, ...problem.flags(out, sets, { checkpoint })]);
    assertEquals(code, 0, err);
    assertEquals(summaryOf(out).before, after);
  }
}
