import { basename, dirname, join, resolve } from "node:path";
import { temporaryOf } from "../../../data/disk/mod.ts";
import { isTree, type Tree } from "../../config/schema/config_tree.ts";
import { pathsIn } from "../../config/schema/paths.ts";
import { findLauncher } from "../../distributed/launcher.ts";
import { findMpi } from "../../distributed/library.ts";
import { isAddress } from "../../flags/address.ts";
import { type FlagName, type Flags, flagTable } from "../../flags/flags.ts";
import { fromStanding, ownPath } from "../../flags/standing.ts";
import { libraryFile } from "../../machine/fetched_library.ts";
import { jpegLibrary } from "../../machine/jpeg_library.ts";
import { RUNS } from "../../results/run_files.ts";
import { keysOf } from "./keys.ts";
import { operandPaths } from "./operands.ts";
import { exists, isFolder, linked, realOf } from "./places.ts";

/** The files and the other things that a command line asks for. Paths are absolute; a folder stands for all in it. */
export interface Needs {
  /** Files and folders to read. */
  read: string[];
  /** Files and folders to read and write. */
  write: string[];
  /** Temporary files, among `write`, by the path of the file that each becomes. */
  temporaries: Map<string, string>;
  /** True if the command keeps something in the cache. */
  usesCache: boolean;
  /** True if the command may read encoded images, for which native code is loaded. */
  encoded: boolean;
  /** Native libraries to load, besides those of packages. */
  libraries: string[];
  /** True if the command may fetch published weights. */
  fetches: boolean;
}

/** Sources of images that are numbers as they stand. */
const PLAIN = ["cifar10", "cifar100", "fashion-mnist", "idx"];

/** Folder in which Debian has the files of the source fashion-mnist. */
const DEBIAN = "/usr/share/datasets/fashion-mnist";

/** Flags whose value is a path. */
const PATH_FLAGS = (Object.keys(flagTable) as FlagName[]).filter((flag) =>
  /FILE|DIR/.test(flagTable[flag].value ?? "")
);

/** Commands whose --out is a file. */
const WRITES_FILE = ["predict", "compare"];

/**
 * Finds what a command line asks for, before the program runs. What is wrong in a config is left to the program to tell.
 *
 * @param name The command. @param takes The flags it takes.
 */
export async function needsOf(name: string, flags: Flags, takes: readonly FlagName[]): Promise<Needs> {
  if (flags.keys) return { ...nothing(), usesCache: false };
  const { files, tree } = await keysOf(name, flags);
  const data = (tree.data ?? {}) as Record<string, unknown>;
  const source = String(data.source ?? "fashion-mnist").toLowerCase();
  const named = pathsIn(tree);
  const arrays = named.flatMap(filesBefore);
  const follow = data.links === "follow" ? [data.dir, data.train, data.test, data.validation] : [];
  const folders = follow.filter((path) => typeof path === "string").flatMap((path) => linked(path));
  const looksAtPhotos = name === "predict" ||
    (tree.adjust as { unlabelled?: unknown } | undefined)?.unlabelled;
  const writes = writtenBy(name, flags, takes);
  const encoded = name !== "retrain-features" && name !== "compare" &&
    (!!looksAtPhotos || !PLAIN.includes(source));
  const libraries = [...await mpiLibraries(flags), ...encoded ? await jpegLibraries(tree, flags) : []];
  const read = [
    ...files,
    ...named,
    ...arrays,
    ...folders,
    ...readBy(flags, takes),
    ...operandPaths(name, flags.operands),
    ...takes.includes("data") && source === "fashion-mnist" ? [DEBIAN] : [],
    ...libraries,
    ...writes.read,
  ];
  return {
    ...writes,
    read: read.flatMap((path) => [resolve(path), realOf(path)]),
    usesCache: name !== "compare",
    encoded,
    libraries,
    fetches: typeof tree.pretrained === "string",
  };
}

/** The MPI library of a command that computes with other processes. */
async function mpiLibraries(flags: Flags): Promise<string[]> {
  const given = flags["mpi-library"];
  if (given !== null) return [await libraryFile(given)];
  if (!flags.distributed) return [];
  try {
    return [findMpi(null, findLauncher()?.family ?? null)];
  } catch {
    return []; // the program tells of a library that is missing
  }
}

/** The library that decodes JPEGs, where the config asks for one. @param tree The config's keys. */
async function jpegLibraries(tree: Tree, flags: Flags): Promise<string[]> {
  const { decoder } = isTree(tree.data) && "decoder" in tree.data ? tree.data : tree; // predict has no data
  if (decoder !== "turbojpeg") return [];
  const named = flags["jpeg-library"];
  const file = named === null ? null : await libraryFile(named); // a fetch that fails is told here
  const found = await jpegLibrary("turbojpeg", file).catch(() => null); // the program tells of one that is missing
  return found === null ? [] : [found];
}

/** The files and folders that flags name to be read, beside those that stand for keys. */
function readBy(flags: Flags, takes: readonly FlagName[]): string[] {
  const read = takes.filter((flag) => PATH_FLAGS.includes(flag) && !flagTable[flag].writes);
  // Some commands take --checkpoint NAME=FILE, several times.
  const byName = flags.checkpoints.map((text) => text.replace(/^[^=/\\]*=/, "")).map(fromStanding);
  return [...read.map((flag) => valueOf(flags, flag)), ...flags.models, ...byName].filter((path) =>
    path !== null && path !== "" && !isAddress(path)
  ) as string[];
}

/** The value of a flag that names a path. */
function valueOf(flags: Flags, flag: FlagName): string | null {
  const value = (flags as unknown as Record<string, unknown>)[flag];
  return typeof value === "string" ? value : null;
}

/** The files that `FILE:NAME` may mean: arrays have names in some. */
function filesBefore(path: string): string[] {
  return [...path.matchAll(/:/g)].map(({ index }) => path.slice(0, index))
    .filter((file) => file !== "" && !isFolder(file));
}

/** The needs of a command line as far as it writes: its run folder, and files that it names. */
function writtenBy(name: string, flags: Flags, takes: readonly FlagName[]): ReturnType<typeof nothing> {
  const needs = nothing();
  const add = (file: string | null) => file !== null && addFile(resolve(file), needs);
  for (const flag of takes.filter((flag) => flagTable[flag].writes && flagTable[flag].value === "FILE")) {
    add(valueOf(flags, flag));
  }
  if (WRITES_FILE.includes(name)) add(flags.out ?? (name === "compare" ? join(RUNS, "compare.html") : null));
  else if (takes.includes("out")) addRunFolder(flags.resume ?? flags.out, needs);
  return needs;
}

/** A run's folder, and the index of the runs beside it. @param given The folder; null: a new one in the folder of all runs. */
function addRunFolder(given: string | null, needs: Needs): void {
  const runs = resolve(ownPath(RUNS));
  // Behind a link to a folder on another disk too.
  if (given === null) return void needs.write.push(...withReal(runs));
  const folder = resolve(given);
  const root = dirname(folder);
  needs.write.push(...withReal(folder));
  addFile(join(root, "index.html"), needs, false);
  // The index tells of all runs there.
  if (root === runs || exists(join(root, "index.html"))) needs.read.push(root);
}

/** A folder, and where it is without links. */
function withReal(folder: string): Set<string> {
  return new Set([folder, realOf(folder)]);
}

/** A file that is written whole, under another name first. @param makes True to make its folder where that is missing. */
function addFile(path: string, { write, temporaries }: Needs, makes = true): void {
  const temporary = temporaryOf(path);
  temporaries.set(path, temporary);
  write.push(path, temporary);
  let folder = dirname(path);
  if (!makes || exists(folder)) return;
  while (!exists(dirname(folder)) && basename(folder) !== "") folder = dirname(folder);
  write.push(folder);
}

function nothing(): Needs {
  const [read, write, libraries]: string[][] = [[], [], []];
  return { read, write, temporaries: new Map(), usesCache: true, encoded: false, libraries, fetches: false };
}
