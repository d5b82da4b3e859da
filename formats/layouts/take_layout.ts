import { CheckpointError, firstOf } from "../tensors/checkpoint_error.ts";
import { type Layout, layouts, type Row } from "./known.ts";

/** A dictionary of a file, and those of its values that are tensors. */
export interface Dictionary<T> {
  /** The keys that lead to it, joined by dots. */
  path: string;
  tensors: ReadonlyMap<string, T>;
}

/** Which layout of published code a checkpoint has, and what was made of it. */
export interface LayoutFound {
  /** Whose it is, such as `MiSLAS`. */
  name: string;
  /** The parts of the file that make up the network. */
  joined: string[];
  /** The factors of the classes that were folded into the classifier; null where there are none. */
  folded: string | null;
  /** The parts of the file that are no part of the network. */
  leftOut: string[];
}

/** A network as its layout has it. */
export interface LaidOut<T> {
  layout: LayoutFound;
  /** By the network's names. */
  tensors: Map<string, T>;
  /** A factor of each class's logit, yet to be folded, and what it is called in the file. */
  scales: { name: string; tensor: T } | null;
  /** Paths of the dictionaries that hold them. */
  paths: string[];
}

interface Item<T> {
  /** Its name below the base, without what wraps a network. */
  name: string;
  /** Path of its dictionary. */
  path: string;
  tensor: T;
}

/** What data-parallel and compiled networks have before their names. */
const WRAPPERS = /^((module|_orig_mod)\.)+/;

/**
 * The network in a file that has the layout of published code; null where it has none that is known.
 *
 * @param dictionaries All of the file that text keys lead to.
 * @throws {CheckpointError} when a part is missing, or one is there that the layout does not have.
 */
export function takeLayout<T>(dictionaries: readonly Dictionary<T>[]): LaidOut<T> | null {
  const found = layouts.flatMap((layout) =>
    dictionaries
      .map(({ path }) => ({ layout, base: path, items: below(dictionaries, path) }))
      .filter(({ items }) => layout.signs.some((sign) => has(items, sign)))
  );
  if (found.length === 0) return null;
  if (found.length === 1) return arrange(found[0].layout, found[0].base, found[0].items);
  const each = found.map(({ layout, base }) => `${layout.name}'s${base && ` in ${base}`}`);
  throw new CheckpointError(
    "Cannot tell which tensors of the checkpoint are the network's: it takes one layout of published code, " +
      `current are ${firstOf(each)}: save one of them alone`,
  );
}

/** The tensors of all dictionaries below one. */
function below<T>(dictionaries: readonly Dictionary<T>[], base: string): Item<T>[] {
  return dictionaries
    .filter(({ path }) => base === "" || path === base || path.startsWith(`${base}.`))
    .flatMap(({ path, tensors }) => {
      const inner = path.slice(base && path !== base ? base.length + 1 : base.length);
      const start = inner === "" ? "" : `${inner}.`;
      return [...tensors].map(([name, tensor]) => ({
        name: start + name.replace(WRAPPERS, ""),
        path,
        tensor,
      }));
    });
}

function arrange<T>(layout: Layout, base: string, items: Item<T>[]): LaidOut<T> {
  const { name, needs } = layout;
  const parts = (names: readonly string[]) => names.map((one) => part(base, one)).join(" and ");
  const refuse = (current: string, cause: string) =>
    new CheckpointError(
      `Cannot take the checkpoint as ${name}'s code saves it: it takes ${
        parts(needs)
      }, current has ${current}: ${cause}`,
    );
  const missing = needs.filter((need) => !has(items, need));
  if (missing.length > 0) {
    throw refuse(
      `no ${parts(missing)}`,
      "that part was not saved, or other code wrote the file: choose its network by checkpointKey",
    );
  }
  const placed = items.map((item) => ({ ...item, ...placeOf(layout, item.name) }));
  const paths = new Set(placed.filter(({ row }) => row !== null).map(({ path }) => path));
  const tensors = new Map<string, T>();
  for (const item of placed) {
    // What no row knows in the midst of the network keeps its name, and is told when it does not fit there.
    if (item.row === null && !paths.has(item.path)) {
      if (item.path === base) continue; // a lone tensor, such as a mean
      throw refuse(`${item.path} besides`, "save the parts of the network alone");
    }
    if (item.to === null) continue;
    if (tensors.has(item.to)) throw refuse(`two tensors ${item.to}`, "they are of two networks");
    tensors.set(item.to, item.tensor);
  }
  const scales = placed.filter(({ row }) => row === "scales");
  if (scales.length > 1) {
    throw refuse(parts(scales.map(({ name }) => name)), "the factors of the classes twice");
  }
  const scale = scales.length > 0 ? { name: part(base, scales[0].name), tensor: scales[0].tensor } : null;
  const rows = layout.rows.filter((row) => placed.some((item) => item.row === row));
  const labels = (of: Row[]) => of.map(({ from }) => part(base, from));
  return {
    layout: {
      name,
      joined: labels(rows.filter(({ to }) => to !== null)),
      folded: scale && scale.name,
      leftOut: labels(rows.filter(({ to }) => to === null)),
    },
    tensors,
    scales: scale,
    paths: [...paths],
  };
}

/** Which row a name falls under, and what the network calls it; null: it is no part of it. */
function placeOf(layout: Layout, name: string): { row: Row | "scales" | null; to: string | null } {
  if (layout.scales.includes(name)) return { row: "scales", to: null };
  const row = layout.rows.find(({ from }) => name.startsWith(from)) ?? null;
  if (row === null) return { row, to: name };
  return { row, to: row.to === null ? null : row.to + name.slice(row.from.length) };
}

function has<T>(items: readonly Item<T>[], beginning: string): boolean {
  return items.some(({ name }) => name.startsWith(beginning));
}

/** How a part of the file is called for people: its path, without the dot at the end. */
function part(base: string, name: string): string {
  return `${base && `${base}.`}${name.replace(/\.$/, "")}`;
}
