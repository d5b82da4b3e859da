import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { cifarResNet, parseSafetensors, writeSafetensors } from "../../../engine/mod.ts";
import { checkThere, takeCheckpoint, tellTaken } from "../../../train/setup/checkpoint.ts";
import { TerminalProgress } from "../../../train/terminal/progress.ts";
import { everyclass } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();

/** What is told of a file of tests/fixtures/io/published. */
function toldOf(name: string, classes = 5, reinit?: ReadonlyMap<string, Float32Array>): string {
  const bytes = Deno.readFileSync(new URL(`../../fixtures/io/published/${name}`, import.meta.url));
  const network = cifarResNet({ depth: 8, classes, widths: [2, 4, 8] });
  let told = "";
  const progress = new TerminalProgress({ mode: "lines", write: (text) => told += text });
  tellTaken(takeCheckpoint(name, bytes, network, reinit), progress);
  return told;
}

Deno.test("a layout of published code is told in a line, and what is folded or left out", () => {
  assertEquals(
    toldOf("mislas_stage2.pth.tar"),
    "The checkpoint has the layout of MiSLAS: state_dict_model, state_dict_classifier joined; " +
      "state_dict_lws_model.learned_norm folded into the classifier\n",
  );
  assertEquals(
    toldOf("paco_linear.pth.tar"),
    "The checkpoint has the layout of PaCo: state_dict.encoder_q, state_dict.linear joined; no part of the network " +
      "and left out: state_dict.encoder_q.linear, state_dict.encoder_k, state_dict.linear_k, state_dict.queue\n",
  );
  assertEquals(toldOf("fc.pth"), "");
});

Deno.test("a classifier of other classes is drawn, whatever it is called in the file", () => {
  const reinit = new Map([["linear.weight", new Float32Array(7 * 8)], ["linear.bias", new Float32Array(7)]]);
  for (const name of ["fc.pth", "head.pth", "balms.pth"]) {
    assertStringIncludes(
      toldOf(name, 7, reinit),
      "Initialised, as the checkpoint has no values that fit: linear\n",
    );
  }
});

Deno.test("a checkpoint that is not there is told before anything is read", async () => {
  await checkThere(problem.checkpoint);
  const missing = problem.path("none.pt");
  const { err } = await everyclass(["evaluate", ...problem.flags("none", "", { checkpoint: missing })]);
  const why = "it takes a file, current path leads to none";
  assertEquals(err, `error: Cannot read the checkpoint ${missing}: ${why}\n`);
  await assertRejects(
    () => checkThere(problem.path("none.pt")),
    Error,
    "none.pt: it takes a file, current path leads to none",
  );
  await assertRejects(
    () => checkThere(problem.folder),
    Error,
    ": it takes a file, current path leads to a folder",
  );
});

Deno.test("a second checkpoint has its classes in the order of the run's, too", async () => {
  const { state } = parseSafetensors(Deno.readFileSync(problem.checkpoint));
  const second = problem.path("second.safetensors");
  Deno.writeFileSync(
    second,
    writeSafetensors(state, { program: "everyclass", trainImages: "[10,21,46,100]" }),
  );
  const { code, err } = await everyclass(["evaluate", ...problem.flags("both"), "--ensemble", second]);
  assertEquals(code, 1);
  assertStringIncludes(err, "second.safetensors: it takes one whose classes stand in the order of the run's");
});
