// The needs of a command line: every flag and every key that names a file counts, and nothing else does.

import { assert, assertEquals } from "@std/assert";
import { dirname, resolve } from "node:path";
import manifest from "../../../../deno.json" with { type: "json" };
import { grantsOf } from "../../../../train/cli/doors/grants.ts";
import { type Needs, needsOf } from "../../../../train/cli/doors/needs.ts";
import { commands } from "../../../../train/cli/main.ts";
import { nested } from "../../../../train/config/schema/config_tree.ts";
import { featuresConfig } from "../../../../train/config/schema/features.ts";
import { finetuneConfig } from "../../../../train/config/schema/finetune.ts";
import { configKey, configKeys } from "../../../../train/config/schema/keys.ts";
import { pathsIn, resolvePaths } from "../../../../train/config/schema/paths.ts";
import { trainingConfig } from "../../../../train/config/schema/train.ts";
import { flagTable, parseFlags, wordsOf } from "../../../../train/flags/flags.ts";
import { predictKind } from "../../../../train/model/keys.ts";
import { turbojpeg } from "../../../turbojpeg.ts";
import { Problem } from "../../problem.ts";

const problem = new Problem();

/** The needs of a command line. */
async function needs(name: string, ...args: string[]): Promise<Needs> {
  const command = commands[name];
  const words = wordsOf(name, command.about, command.flags, command.example, command);
  return await needsOf(name, parseFlags(args, words, command.repeated), command.flags);
}

/** A file with a text. */
function file(name: string, text = ""): string {
  const path = problem.path(name);
  Deno.mkdirSync(dirname(path), { recursive: true });
  Deno.writeTextFileSync(path, text);
  return path;
}

Deno.test("needs: each flag of each command that names a file or a folder is allowed", async () => {
  for (const [name, { flags }] of Object.entries(commands)) {
    for (const flag of flags.filter((flag) => /FILE|DIR/.test(flagTable[flag].value ?? ""))) {
      const path = problem.path("named by a flag", flag);
      const { read, write } = await needs(name, `--${flag}`, path);
      assert([...read, ...write].includes(path), `${name} --${flag}`);
      assertEquals(write.includes(path), flagTable[flag].writes ?? false, `${name} --${flag}`);
    }
  }
});

Deno.test("needs: each flag names a file or a folder by these words, or takes one of the values that are none", () => {
  const none = /^(N|K|P|POINTS|T\|auto|KEY=VALUE|[a-z0-9]+(\|[a-z0-9]+)+)$/;
  for (const [flag, { value, writes }] of Object.entries(flagTable)) {
    const isPath = /^(URL\|)?(FILE|DIR)$/.test(value ?? "");
    assert(value === null || isPath || none.test(value), `--${flag} ${value}: FILE or DIR if it is a path`);
    assert(isPath || !writes, flag);
  }
  for (const name of ["out", "resume", "predictions", "trace"] as const) assert(flagTable[name].writes, name);
});

/** Keys that take any text, and no path. */
const TEXTS = [
  ...["data.strip", "data.add", "data.pathColumn", "data.labelColumn"],
  ...["checkpointKey", "checkpointRename"],
];

Deno.test("needs: each key that takes any text is a path, or stands among the texts that are none", () => {
  const any = ["any/text.x", ["any/text.x"], { any: "any/text.x" }, { any: ["any/text.x"] }];
  const [paths, texts] = [new Set<string>(), new Set<string>()];
  for (const { schema } of [finetuneConfig, trainingConfig, featuresConfig]) {
    for (const key of configKeys(schema)) {
      const { inner } = configKey(schema, key.split("."));
      if (!any.some((value) => inner.safeParse(value).success)) continue;
      const isPath = pathsIn(resolvePaths(nested(key.split("."), "x"), "/there")).length > 0;
      (isPath ? paths : texts).add(key);
    }
  }
  // The message names a key that was forgotten in train/config/schema/paths.ts.
  assertEquals([...texts].sort(), [...TEXTS].sort());
  assert(paths.size >= 18, [...paths].join());
});

Deno.test("needs: each key of each config that takes a path is found, in a file and by --set", async () => {
  for (const kind of [finetuneConfig, trainingConfig, featuresConfig, predictKind]) {
    const takes = (key: string) => configKey(kind.schema, key.split(".")).takes;
    const isPath = (key: string) =>
      /\b(path|file|folder)\b/i.test(takes(key)) && !/^one of /.test(takes(key));
    const keys = configKeys(kind.schema).filter(isPath);
    assert(keys.length > 1, kind.task);
    for (const key of keys) {
      if (kind !== predictKind) {
        assertEquals(
          pathsIn(resolvePaths(nested(key.split("."), "x"), "/there")),
          [resolve("/there/x")],
          key,
        );
      }
      const { read } = await needs(kind.task, "--set", `${key}=${problem.path("set")}`);
      assert(read.includes(problem.path("set")), `${kind.task} --set ${key}`);
    }
  }
});

Deno.test("needs: a config's paths are meant from its folder, and a flag takes the place of a key", async () => {
  const config = file("deep/config.yaml", "data: { source: folder, dir: ../photos, names: 'a, b.txt' }\n");
  const { read, encoded } = await needs("train", "--config", config);
  for (const path of [config, problem.path("photos"), problem.path("deep/a, b.txt")]) {
    assert(read.includes(path), path);
  }
  assert(encoded);
  const other = await needs("train", "--config", config, "--data", problem.path("others"));
  assert(other.read.includes(problem.path("others")) && !other.read.includes(problem.path("photos")));
  const resumed = await needs(
    "finetune",
    "--resume",
    dirname(file("run/config.yaml", "checkpoint: model.pth\n")),
  );
  assert(resumed.read.includes(problem.path("run/model.pth")));
});

Deno.test("needs: the MPI library that is named may be read and loaded, and no other native code", async () => {
  const library = file("libmpi.so");
  const { ffi, read } = grantsOf(await needs("train", "--distributed", "--mpi-library", library));
  assertEquals(ffi, [library]);
  assert((read as string[]).includes(library));
  assertEquals(grantsOf(await needs("train")).ffi, []);
});

Deno.test("needs: libturbojpeg may be read and loaded where a key asks for it, and nowhere else", async () => {
  const library = file("libturbojpeg.so");
  const photos = ["--set", "data.source=folder", "--jpeg-library", library];
  const turbo = ["--set", "data.decoder=turbojpeg"];
  for (const name of ["train", "finetune", "evaluate", "adjust", "profile", "reproduce table1"]) {
    const asked = grantsOf(await needs(name, ...photos, ...turbo));
    assert((asked.ffi as string[]).includes(library), name);
    assert((asked.read as string[]).includes(library), name);
    assert(!(grantsOf(await needs(name, ...photos)).ffi as string[]).includes(library), name);
    assertEquals(
      (await needs(name, ...turbo, "--jpeg-library", library)).libraries,
      [],
      `${name} of numbers`,
    );
  }
  const named = ["photos", "--jpeg-library", library];
  assertEquals((await needs("predict", ...named, "--set", "decoder=turbojpeg")).libraries, [library]);
  assertEquals((await needs("predict", ...named)).libraries, []);
  const config = file("fast/config.yaml", "data: { source: folder, decoder: turbojpeg }\n");
  const { libraries } = await needs("train", "--config", config);
  assertEquals(libraries, turbojpeg === null ? [] : [turbojpeg]);
  const own = "libturbojpeg.so.0";
  assert(!(await needs("train", ...turbo, ...photos)).libraries.some((path) => path.endsWith(own)));
});

Deno.test("needs: native code is for encoded images alone, the network for published weights alone", async () => {
  const sources = {
    cifar100: false,
    "fashion-mnist": false,
    idx: false,
    list: true,
    folder: true,
    parquet: true,
  };
  for (const [source, encoded] of Object.entries(sources)) {
    for (const name of ["train", "finetune", "evaluate", "profile", "reproduce table1"]) {
      const found = await needs(name, "--set", `data.source=${source}`);
      assertEquals([found.encoded, found.fetches], [encoded, false], `${name} of ${source}`);
      assertEquals((grantsOf(found).ffi as string[]).length > 0, encoded);
      assertEquals(grantsOf(found).net, false);
    }
  }
  assert((await needs("evaluate", "--unlabelled", "photos")).encoded);
  assert((await needs("predict", "photos")).encoded);
  for (const name of ["compare", "retrain-features"]) assert(!(await needs(name)).encoded, name);
  const fetching = await needs("train", "--set", "pretrained=resnet50");
  assertEquals([fetching.fetches, grantsOf(fetching).net], [true, "inherit"]);
});

Deno.test("needs: a named file is written with its temporary file, not with its folder", async () => {
  const out = file("home/p.csv");
  const { write, temporaries } = await needs("predict", "photos", "--out", out);
  assertEquals(write, [out, temporaries.get(out)!]);
  assertEquals(dirname(temporaries.get(out)!), dirname(out));
  const missing = problem.path("new/folder/p.csv");
  assertEquals(
    (await needs("predict", "photos", "--out", missing)).write.includes(problem.path("new")),
    true,
  );
});

Deno.test("needs: lists, patterns, links and files with several arrays lead to what they name", async () => {
  const list = file("lists/l.txt", "\uFEFFa b.jpg 3\n../other/c.png\n\n");
  const named = await needs("predict", list, problem.path("ph*/*.jpg"), "--checkpoint", "x");
  for (const path of ["lists/a b.jpg", "other/c.png"]) assert(named.read.includes(problem.path(path)), path);
  assert(named.read.includes(problem.folder));
  assert(!named.read.includes(problem.path("lists")));
  const long = file("long/l.txt", Array.from({ length: 300 }, (_, i) => `deep/${i}.jpg`).join("\n"));
  assert((await needs("predict", long)).read.includes(problem.path("long/deep")));
  const arrays = await needs("retrain-features", "--features", `${file("f.npz")}:train`);
  assert(arrays.read.includes(problem.path("f.npz")));
  if (Deno.build.os === "windows") return;
  Deno.mkdirSync(problem.path("linked"));
  file("far/x/1.jpg");
  Deno.symlinkSync(problem.path("far"), problem.path("linked/far"));
  Deno.symlinkSync(problem.path("linked"), problem.path("far/back"));
  const flags = ["--set", "data.source=folder", "--data", problem.path("linked")];
  assert(!(await needs("train", ...flags)).read.includes(problem.path("far")));
  const follows = await needs("train", ...flags, "--set", "data.links=follow");
  assert(follows.read.includes(Deno.realPathSync(problem.path("far"))));
});

Deno.test("needs: paths in a checkpoint count for nothing", async () => {
  const metadata = { program: "everyclass", config: "data: { source: folder, dir: /etc }\n" };
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata }));
  const bytes = new Uint8Array(8 + header.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  const checkpoint = file("foreign.safetensors");
  Deno.writeFileSync(checkpoint, bytes);
  const { read, encoded } = await needs("evaluate", "--checkpoint", checkpoint);
  assert(encoded && !read.includes("/etc"));
});

Deno.test("needs: a run's folder is all that a run writes beside the cache, and the index of the runs", async () => {
  const out = problem.path("runs of mine/one, two");
  const { write, temporaries } = await needs("finetune", "--out", out);
  const index = problem.path("runs of mine/index.html");
  assertEquals(write.filter((path) => ![index, temporaries.get(index)].includes(path)), [out]);
  const { write: granted } = grantsOf(await needs("finetune", "--out", out));
  assert((granted as string[]).includes(out));
});

Deno.test("tasks of the program ask nothing, start nothing, and allow the network to one host", () => {
  for (const [name, { command }] of Object.entries(manifest.tasks)) {
    if (!command.includes("train/cli/main.ts")) continue;
    const words = command.split(" ");
    assert(words.includes("--no-prompt"), name);
    assert(
      !words.some((word) => /^(-A|--allow-(all|run|import|hrtime).*|--allow-(env|net|sys))$/.test(word)),
      name,
    );
    const net = words.filter((word) => word.startsWith("--allow-net"));
    assertEquals(net, ["finetune", "train"].includes(name) ? ["--allow-net=download.pytorch.org"] : [], name);
  }
});
