// Commands beside train and finetune whose device is lost: those that go on open another, once; the others end in one
// sentence and leave nothing half.

import { assert, assertEquals, assertMatch } from "@std/assert";
import sharp from "sharp";
import { everyclass, filesIn } from "../command.ts";
import { MadeUpFeatures } from "../made_up_features.ts";
import { Problem } from "../problem.ts";
import { LostDevices } from "./lose_device.ts";

const [problem, features] = [new Problem(), new MadeUpFeatures()];

/** Runs a command that loses its device so many submits after a text of the progress; "": after so many submits at all. */
async function losing(words: readonly string[], marker: string, submits: number) {
  using devices = new LostDevices();
  if (marker === "") devices.after(submits);
  let isDue = marker !== "";
  const finished = await everyclass(words, (line) => {
    if (!isDue || !line.includes(marker)) return;
    isDue = false;
    devices.after(submits);
  }, problem.path("cache"));
  return { ...finished, lost: devices.lost };
}

const GOES_ON =
  /^Cannot go on with this device: it was lost \(destroyed\).*\. It is opened again, once, and the run goes on/gm;
const ENDS = /(^|\n)error: Cannot go on with this device: it was lost \(destroyed\)[^\n]*\n$/;

const table = (name: string) => [
  ...["reproduce", "table1", ...problem.flags(name, "network=resnet8 views=2 epochs=1")],
  ...["--seeds", "1", "--ablations", "none"],
];

for (
  const { command, words, path, results, stages } of [
    {
      command: "retrain-features",
      words: (name: string) => features.flags(name),
      path: (name: string) => features.path(name),
      results: ["classifier.safetensors", "recalls.csv"],
      stages: [["", 1], ["re-train: epoch 2 of 4", 1], ["re-train: epoch 4 of 4", 1]] as const,
    },
    {
      command: "reproduce table1",
      words: table,
      path: (name: string) => problem.path(name),
      results: ["table1.md"],
      stages: [["Reading ", 1], ["view 1 of 2: ", 1], ["GML, warm: ", 1]] as const,
    },
  ]
) {
  Deno.test(`device lost: ${command} goes on to the same bits, and says so`, async () => {
    const resultsOf = (name: string) =>
      results.map((file) =>
        Deno.readTextFileSync(`${path(name)}/${file}`).replaceAll(
          /^.*(images\/s|seconds|minutes| s\b).*$/gm,
          "",
        )
      );
    assertEquals((await losing(words("whole"), "no such text", 0)).code, 0);
    for (const [marker, submits] of stages) {
      const name = `lost after ${marker}`;
      const { code, lost, err } = await losing(words(name), marker, submits);
      assertEquals([code, lost], [0, 1], `${marker}: ${err}`);
      assertEquals(err.match(GOES_ON)?.length, 1, err);
      assertEquals(filesIn(path(name)), filesIn(path("whole")));
      assertEquals(resultsOf(name), resultsOf("whole"), marker);
    }
  });
}

Deno.test("device lost: adjust, predict and profile end in one sentence and leave nothing", async () => {
  assertEquals((await everyclass(["finetune", ...problem.flags("model", "views=1 epochs=1")])).code, 0);
  const checkpoint = ["--checkpoint", problem.path("model", "checkpoint.safetensors")];
  const out = problem.path("predictions.csv");
  Deno.writeTextFileSync(out, "earlier");
  const photo = problem.path("photo.png");
  const image = sharp(new Uint8Array(24 * 24), { raw: { width: 24, height: 24, channels: 1 } });
  Deno.writeFileSync(photo, await image.png().toBuffer());
  const before = filesIn(problem.folder);
  const commands: [marker: string, submits: number, ...words: string[]][] = [
    [
      "Reading ",
      1,
      "adjust",
      ...checkpoint,
      "--data",
      problem.data,
      "--out",
      problem.path("new"),
      "--set",
      "adjust.t=1",
    ],
    ["", 1, "predict", photo, ...checkpoint, "--out", out],
    ["", 1, "profile", "--set", "network=resnet8", "--set", "batch=8", "--classes", "4"],
    ["", 3, "profile", "--set", "network=resnet8", "--set", "batch=8", "--classes", "4"],
  ];
  for (const [marker, submits, ...words] of commands) {
    const { code, lost, out: printed, err } = await losing(words, marker, submits);
    assertEquals([code, lost, printed], [1, 1, ""], `${words[0]}: ${err}`);
    assertMatch(err, ENDS, words[0]);
    assertEquals(filesIn(problem.folder), before, words[0]);
  }
  assert(Deno.readTextFileSync(out) === "earlier");
});
