import { CheckpointError, firstOf } from "../tensors/checkpoint_error.ts";
import { type Layout, layouts, type RenameRule } from "./known.ts";

/** A dictionary of a file, and the tensors among its values. */
export interface Dictionary<T> {
  /** The keys that lead to it, joined by dots. */
  path: string;
  tensors: ReadonlyMap<string, T>;
}

/** The layout of published code that a checkpoint has, and its parts. */
export interface LayoutFound {
  /** Name of the method whose code saves it, such as `MiSLAS`. */
  name: string;
  /** The parts of the file that make up the network. */
  joined: string[];
  /** Name of the factors of the classes that were folded into the classifier; null where the file has no factors. */
  folded: string | null;
  /** The parts of the file that do not belong to the network. */
  leftOut: string[];
}

/** The network that a layout arranges. */
export interface ArrangedNetwork<T> {
  layout: LayoutFound;
  /** The tensors by the names of the network. */
  tensors: Map<string, T>;
  /** A factor of each class's logit, not yet folded into the classifier, and its name in the file. */
  scales: { name: string; tensor: T } | null;
  /** Paths of the dictionaries that hold the tensors. */
  paths: string[];
}

interface Item<T> {
  /** Its name below the base, without what wraps a network. */
  name: string;
  /** Path of its dictionary. */
  path: string;
  tensor: T;
}

/** Prefixes that data-parallel and compiled networks add to names. */
const WRAPPERS = /^((module|_orig_mod)\.)+/;

/**
 * Takes the network out of a file that has a known layout of published code; null where no layout fits.
 *
 * @param dictionaries All dictionaries of the file that text keys lead to.
 * @throws {CheckpointError} when the file lacks a part of the layout, or has a part that the layout does not have.
 */
export function takeLayout<T>(dictionaries: readonly Dictionary<T>[]): ArrangedNetwork<T> | null {
  const below = itemsBelow(dictionaries);
  const found = layouts.flatMap((layout) =>
    dictionaries
      .map(({ path }) => ({ layout, base: path, items: below.get(path)! }))
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

/**
 * The tensors of each dictionary and of all dictionaries in it, by its path. Each dictionary is put below those around it: to
 * look for those in it would take the square of their number, and a small file has many.
 */
function itemsBelow<T>(dictionaries: readonly Dictionary<T>[]): Map<string, Item<T>[]> {
  const items = new Map<string, Item<T>[]>(dictionaries.map(({ path }) => [path, []]));
  for (const { path, tensors } of dictionaries) {
    if (tensors.size === 0) continue;
    for (const base of basesOf(path)) {
      const inner = path.slice(base && path !== base ? base.length + 1 : base.length);
      const start = inner === "" ? "" : `${inner}.`;
      for (const [name, tensor] of tensors) {
        items.get(base)?.push({ name: start + name.replace(WRAPPERS, ""), path, tensor });
      }
    }
  }
  return items;
}

/** A path, and the beginnings of the path that end before a dot. */
function basesOf(path: string): string[] {
  const bases = path === "" ? [""] : ["", path];
  for (let at = path.indexOf("."); at >= 0; at = path.indexOf(".", at + 1)) {
    if (at > 0) bases.push(path.slice(0, at));
  }
  return bases;
}

function arrange<T>(layout: Layout, base: string, items: Item<T>[]): ArrangedNetwork<T> {
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
  const paths = new Set(placed.filter(({ rule }) => rule !== null).map(({ path }) => path));
  const tensors = new Map<string, T>();
  for (const item of placed) {
    // A tensor among the network's that no rule fits keeps its name; the match reports it if the network lacks it.
    if (item.rule === null && !paths.has(item.path)) {
      if (item.path === base) continue; // a lone tensor, such as a mean
      throw refuse(`${item.path} besides`, "save the parts of the network alone");
    }
    if (item.to === null) continue;
    if (tensors.has(item.to)) throw refuse(`two tensors ${item.to}`, "they are of two networks");
    tensors.set(item.to, item.tensor);
  }
  const scales = placed.filter(({ rule }) => rule === "scales");
  if (scales.length > 1) {
    throw refuse(parts(scales.map(({ name }) => name)), "the factors of the classes twice");
  }
  const scale = scales.length > 0 ? { name: part(base, scales[0].name), tensor: scales[0].tensor } : null;
  const rules = layout.rules.filter((rule) => placed.some((item) => item.rule === rule));
  const labels = (of: RenameRule[]) => of.map(({ from }) => part(base, from));
  return {
    layout: {
      name,
      joined: labels(rules.filter(({ to }) => to !== null)),
      folded: scale && scale.name,
      leftOut: labels(rules.filter(({ to }) => to === null)),
    },
    tensors,
    scales: scale,
    paths: [...paths],
  };
}

/** The rule that fits a name, and the name in the network; null: the tensor is not part of the network. */
function placeOf(layout: Layout, name: string): { rule: RenameRule | "scales" | null; to: string | null } {
  if (layout.scales.includes(name)) return { rule: "scales", to: null };
  const rule = layout.rules.find(({ from }) => name.startsWith(from)) ?? null;
  if (rule === null) return { rule, to: name };
  return { rule, to: rule.to === null ? null : rule.to + name.slice(rule.from.length) };
}

function has<T>(items: readonly Item<T>[], beginning: string): boolean {
  return items.some(({ name }) => name.startsWith(beginning));
}

/** The name of a part of the file in messages: its path, without the dot at the end. */
function part(base: string, name: string): string {
  return `${base && `${base}.`}${name.replace(/\.$/, "")}`;
}
