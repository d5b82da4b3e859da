import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../../train/flags/errors.ts";
import { type Flags, parseFlags, wordsOf } from "../../../train/flags/flags.ts";
import { commands } from "../../../train/cli/main.ts";

function parse(name: string, args: readonly string[]): Flags {
  const { about, flags, example, repeated, ...own } = commands[name];
  return parseFlags(args, wordsOf(name, about, flags, example, own), repeated);
}

const finetune = (...args: string[]): Flags => parse("finetune", args);

function refuses(args: string[], ...parts: string[]) {
  const { message } = assertThrows(() => finetune(...args), UsageError);
  for (const part of parts) assertStringIncludes(message, part);
}

/** Flags of files of features, none given. */
const noFeatures = {
  "features": null,
  "labels": null,
  "test-features": null,
  "test-labels": null,
  "validation-features": null,
  "validation-labels": null,
  "weight": null,
  "bias": null,
};

Deno.test("without flags nothing is given", () => {
  assertEquals(finetune(), {
    config: null,
    data: null,
    checkpoint: null,
    checkpoints: [],
    mirror: null,
    ...noFeatures,
    out: null,
    distributed: false,
    "mpi-library": null,
    "jpeg-library": null,
    set: [],
    seed: null,
    seeds: null,
    ablations: null,
    family: null,
    ensemble: null,
    which: null,
    models: [],
    predictions: null,
    resume: null,
    classes: null,
    trace: null,
    topk: null,
    threshold: null,
    operands: [],
    quiet: false,
    json: false,
    keys: false,
    help: false,
  });
});

Deno.test("every flag is read, with a space or an equals sign", () => {
  const flags = parse(
    "evaluate",
    [
      ..."--config a.yaml --data=../d --checkpoint c.pt --out o --set a=1 --set=b=x=y --seed 7 --family lane"
        .split(" "),
      ..."--ensemble=2.pt --predictions p.txt --quiet --json -h".split(" "),
    ],
  );
  assertEquals(flags, {
    config: "a.yaml",
    data: "../d",
    checkpoint: "c.pt",
    checkpoints: ["c.pt"],
    mirror: null,
    ...noFeatures,
    out: "o",
    set: ["a=1", "b=x=y"],
    seed: 7,
    seeds: null,
    ablations: null,
    family: "lane",
    ensemble: "2.pt",
    which: null,
    models: [],
    predictions: "p.txt",
    distributed: false,
    "mpi-library": null,
    "jpeg-library": null,
    resume: null,
    classes: null,
    trace: null,
    topk: null,
    threshold: null,
    operands: [],
    quiet: true,
    json: true,
    keys: false,
    help: true,
  });
});

Deno.test("what a profile is made of, and where its trace goes, is read", () => {
  const { classes, trace } = parse("profile", ["--classes=365", "--trace", "t.json"]);
  assertEquals([classes, trace], [365, "t.json"]);
});

Deno.test("a run to go on with is read", () => {
  assertEquals(finetune("--resume", "runs/a").resume, "runs/a");
});

Deno.test("a command may take words beside its flags, wherever they stand", () => {
  const flags = parse("compare", [
    "runs/a",
    "--json",
    "runs/b",
    "--out",
    "c.html",
    "runs/c",
    "--quiet",
    "d e",
  ]);
  assertEquals([flags.operands, flags.out], [["runs/a", "runs/b", "runs/c", "d e"], "c.html"]);
  assertEquals([flags.json, flags.quiet], [true, true]);
  for (const arg of ["-", "-a", "--jsonn"]) {
    assertThrows(() => parse("compare", ["runs/a", arg, "runs/b"]), UsageError, `Cannot take ${arg}: `);
  }
});

Deno.test("a command may take a flag several times", () => {
  const args = ["--checkpoint", "a=1.pt", "--checkpoint=2.pt"];
  assertEquals(parse("reproduce figures", args).checkpoints, ["a=1.pt", "2.pt"]);
  refuses(args, "--checkpoint twice");
});

Deno.test("values that look like numbers or booleans stay text", () => {
  const flags = finetune("--data", "007", "--out", "true", "--checkpoint=1e3");
  assertEquals([flags.data, flags.out, flags.checkpoint], ["007", "true", "1e3"]);
});

Deno.test("an unknown flag names the nearest one", () => {
  refuses(["--chekpoint", "a"], "--chekpoint", "nearest is --checkpoint");
  refuses(["--Seeds=1"], "nearest is --seed");
  refuses(["--no-quiet"], "nearest is --quiet");
  refuses(["-seed", "1"], "nearest is --seed");
  refuses(["--__proto__=1"], "no such flag");
});

Deno.test("a flag of another command is told apart from an unknown one", () => {
  refuses(["--predictions", "p"], "--predictions: it is not a flag of finetune");
});

Deno.test("a flag given twice, without its value or with one too many is refused", () => {
  refuses(["--seed", "1", "--seed=2"], "--seed twice", "1 and 2");
  refuses(["--out", "a", "--out", "a"], "--out twice");
  refuses(["--out"], "--out: it takes DIR, no value was given");
  refuses(["--config="], "--config: it takes FILE");
  refuses(["--data", "--json"], "--data: it takes DIR");
  refuses(["--set"], "--set: it takes KEY=VALUE");
  refuses(["--json=maybe"], "--json: it takes no value");
  refuses(["a.yaml"], "Cannot read a.yaml: finetune takes flags only");
  refuses(["--json", "--", "--quiet"], "--");
});

Deno.test("what looks like a flag's value, negation or short form is refused as it is written", () => {
  refuses(["--json", "true"], "Cannot read true: finetune takes flags only");
  refuses(["--quiet", "false"], "Cannot read false: finetune takes flags only");
  refuses(["--quiet="], "--quiet: it takes no value, current is --quiet=");
  refuses(["--no-data=x"], "Cannot take --no-data: finetune has no such flag");
  refuses(["--no-json"], "Cannot take --no-json: finetune has no such flag");
  for (const arg of ["-h1", "-h=1", "-hx", "-hh"]) refuses([arg], `Cannot take ${arg.split("=")[0]}: `);
  refuses(["-"], "Cannot take -: finetune has no such flag");
  refuses([""], "Cannot read : finetune takes flags only");
  refuses(["--seed", ""], "--seed: it takes N, no value was given");
});

Deno.test("a value may begin with a dash, with a space before it as with an equals sign", () => {
  for (const args of [["--seed", "-1"], ["--seed=-1"]]) {
    refuses(args, "Cannot read --seed: it takes a whole number from 0 to 4294967295, current value is -1");
  }
  const flags = finetune("--out", "-x", "--data", "-", "--set", "-1", "--config=--c.yaml");
  assertEquals([flags.out, flags.data, flags.set, flags.config], ["-x", "-", ["-1"], "--c.yaml"]);
  refuses(
    ["--out", "--runs"],
    "it takes DIR, no value was given: one that begins with dashes is written --out=--runs",
  );
  refuses(["--out", "-h"], "--out: it takes DIR, no value was given");
});

Deno.test("a seed is a whole number of 32 bits, a family one of three", () => {
  assertEquals(finetune("--seed", "4294967295").seed, 4294967295);
  for (const bad of ["4294967296", "1.5", "1e3", "abc", "0x10"]) {
    refuses(["--seed", bad], "whole number", `current value is ${bad}`);
  }
  refuses(["--family", "til"], "auto, tile, lane", "did you mean tile?");
});

Deno.test("the words of a flag are read in capitals too", () => {
  for (const family of ["auto", "tile", "lane"] as const) {
    assertEquals(finetune("--family", family.toUpperCase()).family, family);
  }
  for (const ablations of ["none", "quick", "all"] as const) {
    assertEquals(parse("reproduce table1", [`--ablations=${ablations.toUpperCase()}`]).ablations, ablations);
  }
});

Deno.test("words without a flag are operands of a command that takes some, wherever they stand", () => {
  const parsed = (...args: string[]) => {
    const { operands, ensemble, topk, quiet, checkpoint } = parse("predict", args);
    return { operands, ensemble, topk, quiet, checkpoint };
  };
  const none = { operands: [], ensemble: null, topk: null, quiet: false, checkpoint: null };
  assertEquals(parsed("a.jpg", "--topk", "3", "2024", "--quiet", "1e3"), {
    ...none,
    ...{ operands: ["a.jpg", "2024", "1e3"], topk: 3, quiet: true },
  });
  assertEquals(parsed("--ensemble", "a.jpg", "--checkpoint", "c.pt"), {
    ...none,
    ...{ operands: ["a.jpg"], ensemble: "", checkpoint: "c.pt" },
  });
  assertEquals(parsed("--ensemble=2.pt", "--", "--quiet", "-x.jpg"), {
    ...none,
    ...{ operands: ["--quiet", "-x.jpg"], ensemble: "2.pt" },
  });
  assertThrows(() => parsed("-x.jpg"), UsageError, "-x.jpg");
  assertThrows(() => parsed("a.jpg", "--ensemble="), UsageError, "--ensemble");
  assertThrows(() => parse("finetune", ["a.jpg"]), UsageError, "takes flags only");
});

Deno.test("the second checkpoint of evaluate may be left out", () => {
  const ensemble = (...args: string[]) => parse("evaluate", args).ensemble;
  assertEquals([ensemble("--ensemble"), ensemble("--ensemble", "2.pt"), ensemble("--ensemble=2.pt")], [
    "",
    "2.pt",
    "2.pt",
  ]);
  assertEquals(ensemble("--ensemble", "--quiet"), "");
});
