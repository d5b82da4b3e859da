// The program as users start it: a process of its own, with exactly the permissions that deno.json gives its task.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import manifest from "../../../deno.json" with { type: "json" };
import { shellWord } from "../../../train/flags/shell_word.ts";
import { filesIn } from "../command.ts";
import { Problem } from "../problem.ts";

const problem = new Problem();
const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A task of deno.json as a process. */
function task(
  name: "finetune" | "train" | "evaluate" | "predict" | "reproduce",
  flags: readonly string[],
  env: Record<string, string> = {},
): Deno.Command {
  const [deno, ...args] = manifest.tasks[name].command.split(" ");
  assertEquals(deno, "deno");
  // Without the last one, Mesa complains on stderr.
  const quietly = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", XDG_RUNTIME_DIR: problem.folder };
  return new Deno.Command(Deno.execPath(), {
    args: [...args, ...flags],
    cwd: root,
    env: { ...quietly, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytesOf = (run: string) => Deno.readFileSync(problem.path(run, "checkpoint.safetensors"));

Deno.test("process: finetune --json prints the summary on stdout, and evaluate reads what it left", async () => {
  const finetuned = await task("finetune", [...problem.flags("run", "epochs=2"), "--json"]).output();
  assertEquals(finetuned.code, 0, text(finetuned.stderr));
  assertEquals(
    JSON.parse(text(finetuned.stdout)),
    JSON.parse(Deno.readTextFileSync(problem.path("run/summary.json"))),
  );
  assertStringIncludes(text(finetuned.stderr), "re-train: epoch 2 of 2");
  const checkpoint = problem.path("run/checkpoint.safetensors");
  const evaluated = await task("evaluate", problem.flags("evaluated", "", { checkpoint })).output();
  assertEquals(evaluated.code, 0, text(evaluated.stderr));
  assertMatch(text(evaluated.stdout), /^model .*\d\.\d\d/m);
});

Deno.test("process: paths are meant from where the user stands, also in --set", async () => {
  const there = { INIT_CWD: problem.folder };
  const finetuned = await task("finetune", [
    ..."--data data --checkpoint stage1.safetensors --out here --set epochs=1 --set views=1 --set data.source=idx"
      .split(" "),
    ..."--set data.ratio=10 --set data.augment.pad=1 --set ensemble={}".split(" "),
  ], there).output();
  assertEquals(finetuned.code, 0, text(finetuned.stderr));
  const left = problem.path("here/checkpoint.safetensors");
  assertStringIncludes(text(finetuned.stdout), problem.path("here/report.html"));

  const evaluated = await task("evaluate", [
    ..."--checkpoint here/checkpoint.safetensors --set data.dir=data --out again --predictions labels.txt"
      .split(" "),
    ..."--ensemble --json".split(" "),
  ], there).output();
  assertEquals(evaluated.code, 0, text(evaluated.stderr));
  const { ensemble } = JSON.parse(text(evaluated.stdout));
  assertEquals(ensemble, JSON.parse(Deno.readTextFileSync(problem.path("here/summary.json"))).ensemble);
  assertEquals(Deno.readTextFileSync(problem.path("labels.txt")).trimEnd().split("\n").length, 120);

  const pixels = new Uint8Array(144).fill(120);
  const png = await sharp(pixels, { raw: { width: 12, height: 12, channels: 1 } }).png().toBuffer();
  Deno.mkdirSync(problem.path("photos"));
  Deno.writeFileSync(problem.path("photos/1.png"), png);
  const flags = [
    "photos",
    "photos/*.png",
    "--checkpoint",
    "here/checkpoint.safetensors",
    "--out",
    "written/p.csv",
  ];
  const predicted = await task("predict", flags, there).output();
  assertEquals(predicted.code, 0, text(predicted.stderr));
  const [, ...rows] = Deno.readTextFileSync(problem.path("written/p.csv")).trimEnd().split("\n");
  assertEquals(rows.map((row) => row.split(",")[0]), ["photos/1.png", "photos/1.png"]);
  // Whoever starts the program elsewhere by hand means paths from there.
  const byHand = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(root, "train/cli/main.ts"), "predict", "1.png", "--checkpoint", left],
    cwd: problem.path("photos"),
    env: { NO_COLOR: "1", XDG_RUNTIME_DIR: problem.folder, INIT_CWD: problem.folder },
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stderr } = await byHand.output();
  assertEquals(code, 0, text(stderr));
});

Deno.test("process: Ctrl-C ends a run with 130, and it goes on where it was", async () => {
  const stopped = async (run: string, epochs: number) => {
    const child = task("finetune", problem.flags(run, `epochs=${epochs}`)).spawn();
    let err = "";
    for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
      if (!err.includes("epoch 1 of") && (err + part).includes("epoch 1 of")) {
        try {
          child.kill("SIGINT");
        } catch {
          // It has ended already.
        }
      }
      err += part;
    }
    const [{ code }, out] = [await child.status, await new Response(child.stdout).text()];
    return { code, out, err, run };
  };
  let epochs = 60;
  let last = await stopped("stopped", epochs);
  // On a busy machine it may have come to its end before the signal came: then with more to do.
  while (last.err.includes(`epoch ${epochs} of`) && epochs < 10_000) {
    epochs *= 4;
    last = await stopped(`stopped of ${epochs}`, epochs);
  }
  const { code, out, err, run } = last;
  assertEquals([code, out], [130, ""], err);
  const [, done, all] = /Stopped after (\d+) of (\d+) epochs; what was worked out is kept\. To go on:/.exec(
    err,
  )!;
  assert(Number(done) >= 1 && Number(done) < epochs && Number(all) === epochs, `${done} of ${all} epochs`);
  assertStringIncludes(err, `deno task finetune --resume ${problem.path(run)}`);
  assertEquals(filesIn(problem.path(run)).includes("work.safetensors"), true);

  const resumed = await task("finetune", ["--resume", problem.path(run), "--quiet"]).output();
  assertEquals([resumed.code, text(resumed.stdout), text(resumed.stderr)], [0, "", ""]);
  const whole = await task("finetune", [...problem.flags("whole", `epochs=${epochs}`), "--quiet"]).output();
  assertEquals(whole.code, 0, text(whole.stderr));
  assertEquals(bytesOf(run), bytesOf("whole"));
});

Deno.test("process: each signal is answered within two seconds, with the way to go on, also while it starts", async () => {
  for (const [signal, code] of [["SIGHUP", 129], ["SIGTERM", 143]] as const) {
    const run = `${signal} at once`;
    const child = task("finetune", problem.flags(run)).spawn();
    let [err, sent, answered] = ["", 0, 0];
    for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
      err += part;
      // The run listens from its first line about the data on; it compiles its first kernels soon after.
      if (sent === 0 && err.includes("training images in")) {
        sent = performance.now();
        child.kill(signal);
      }
      if (answered === 0 && err.includes("Stopping at")) answered = performance.now() - sent;
    }
    const [status, out] = [await child.status, await new Response(child.stdout).text()];
    assertEquals([status.code, out], [code, ""], err);
    assert(answered > 0 && answered < 2000, `answered after ${answered} ms: ${err}`);
    const goOn = `deno task finetune --resume ${shellWord(problem.path(run))}`;
    assertStringIncludes(err, `To go on in either case:\n  ${goOn}\n`);
    assert(err.endsWith(`To go on:\n  ${goOn}\n`), err);
    const resumed = await task("finetune", ["--resume", problem.path(run), "--quiet"]).output();
    assertEquals([resumed.code, text(resumed.stderr)], [0, ""]);
  }
});

Deno.test("process: train has the permissions for all that it writes", async () => {
  // No step is taken.
  const sets = "data.source=idx data.ratio=10 classifier=tau-norm epochs=0".split(" ");
  const { code, stderr } = await task("train", [
    ...["--data", problem.data, "--checkpoint", problem.checkpoint, "--out", problem.path("trained")],
    ...sets.flatMap((key) => ["--set", key]),
  ]).output();
  assertEquals(code, 0, text(stderr));
  assert(filesIn(problem.path("trained")).includes("report.html"));
});

Deno.test("process: reproduce has the permissions for both of its pages", async () => {
  const sets = "network=resnet8 views=1 epochs=1";
  for (
    const [what, page, more] of [["table1", "table1.html", ["--ablations", "none"]], [
      "figures",
      "figures.html",
      [],
    ]] as const
  ) {
    const { code, stderr } = await task("reproduce", [what, ...problem.flags(what, sets), ...more]).output();
    assertEquals(code, 0, text(stderr));
    assert(filesIn(problem.path(what)).includes(page));
  }
});

Deno.test("process: without a driver it says what to install, exits with 1 and leaves nothing", async () => {
  // The Vulkan loader looks for drivers in these files only.
  const env = {
    VK_DRIVER_FILES: "/nonexistent",
    VK_ICD_FILENAMES: "/nonexistent",
    DENO_WEBGPU_BACKEND: "vulkan",
  };
  const { code, stdout, stderr } = await task("finetune", problem.flags("none"), env).output();
  assertEquals([code, text(stdout)], [1, ""]);
  assertStringIncludes(text(stderr), "error: Cannot open a WebGPU device");
  assertStringIncludes(text(stderr), "libvulkan1 mesa-vulkan-drivers");
  assert(!filesIn(problem.folder).includes("none"));
});

Deno.test({
  name: "process: paths with commas, spaces, .. and links are allowed as they are meant",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = problem.path("one, two");
    Deno.mkdirSync(folder);
    Deno.symlinkSync(problem.data, join(folder, "data, linked"));
    Deno.copyFileSync(problem.checkpoint, join(folder, "model=1,2.safetensors"));
    const sets = "network=resnet8 data.source=idx data.ratio=10 epochs=1 views=1".split(" ");
    const { code, stderr } = await task("finetune", [
      ...["--data", "./data, linked", "--checkpoint", "../one, two/model=1,2.safetensors"],
      ...["--out", "new, folder/../a,b/c"],
      ...sets.flatMap((key) => ["--set", key]),
    ], { INIT_CWD: folder }).output();
    assertEquals(code, 0, text(stderr));
    assert(filesIn(join(folder, "a,b/c")).includes("report.html"));
  },
});
