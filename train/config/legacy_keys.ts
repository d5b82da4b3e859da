// Config keys of the previous version, which this version still reads. The next version drops this file.

import { isTree, merge, nested, type Tree, valueAt } from "./schema/config_tree.ts";
import type { Progress } from "../progress/progress.ts";

const SCHEDULE = ["optimizer", "schedule"];
const [STEPS, FACTORS] = ["optimizer.schedule.steps", "optimizer.schedule.factors"];

/** Present names of the keys that each command took before. */
const NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  finetune: {
    "gamma": "loss.gamma",
    "lambda": "loss.lambda",
    "smoothing": "loss.smoothing",
    "margin": "loss.margin",
    "optimizer.steps": STEPS,
    "optimizer.gamma": FACTORS,
  },
  train: {
    "optimizer.warmup": "optimizer.schedule.warmup",
    "paco.gamma": "paco.negatives",
  },
};

/** Renamed keys that were not reported yet. */
const untold = new Set<string>();

/** Reports, once, the keys of the previous version in configs. */
export function tellRenamed(progress: Progress): void {
  if (untold.size > 0) progress.line(`config: ${[...untold].join(", ")}`);
  untold.clear();
}

/** Renames old keys in the parts of a config, such as its file and each `--set`, in their order. */
export class LegacyKeys {
  readonly #names: Readonly<Record<string, string>>;
  readonly #renamed = new Set<string>();
  // Each step multiplied the learning rate by gamma. Values of one part hold for the next parts.
  #lr: unknown = 0.05;
  #steps: unknown = [5];
  #gamma: unknown = 0.2;
  /** True where the parts so far give the steps by gamma. */
  #byGamma = false;

  /** @param task The command of the config. */
  constructor(task: string) {
    this.#names = NAMES[task] ?? {};
  }

  /** Tells whether the command took this key. */
  has(key: string): boolean {
    return Object.keys(this.#names).some((old) => key === old || key.startsWith(`${old}.`));
  }

  /** Renames the keys of the next part. An old key beside its new name stays, so that the schema refuses it. */
  renew(part: Tree): Tree {
    let result = part;
    const found: string[] = [];
    for (const [old, now] of Object.entries(this.#names)) {
      const [from, to] = [old.split("."), now.split(".")];
      const value = valueAt(part, from);
      if (value === undefined || !isFree(part, to)) continue;
      result = merge(without(result, from), nested(to, value));
      this.#renamed.add(`${old} is now ${now}`);
      found.push(now);
    }
    const before = this.#lr;
    this.#remember(result);
    const named = found.includes(STEPS) || found.includes(FACTORS);
    this.#byGamma = named || this.#byGamma && valueAt(part, SCHEDULE) === undefined;
    if (!named && !(this.#byGamma && this.#lr !== before)) return result;
    const factors = factorsOf(this.#lr, this.#steps, this.#gamma);
    return merge(
      result,
      nested(SCHEDULE, named ? { kind: "steps", steps: this.#steps, factors } : { factors }),
    );
  }

  /** Passes the renamed keys to {@linkcode tellRenamed}. */
  tellLater(): void {
    for (const renamed of this.#renamed) untold.add(renamed);
  }

  /** Remembers lr, steps and gamma of a part, whose factors may still be a single gamma. */
  #remember({ optimizer }: Tree): void {
    if (!isTree(optimizer)) return;
    this.#lr = optimizer.lr ?? this.#lr;
    if (!isTree(optimizer.schedule)) return;
    const { steps, factors } = optimizer.schedule;
    this.#steps = steps ?? this.#steps;
    this.#gamma = (Array.isArray(factors) ? factors[0] : factors) ?? this.#gamma;
  }
}

/**
 * Computes factors that give exactly the learning rates of steps by gamma, which were rounded to 12 digits. Values that the
 * schema refuses stay unchanged.
 */
function factorsOf(lr: unknown, steps: unknown, gamma: unknown): unknown {
  const isAbove0 = (value: unknown): value is number => typeof value === "number" && value > 0;
  if (!isAbove0(gamma) || !Array.isArray(steps)) return [gamma];
  const first = isAbove0(lr) ? lr : 1;
  let rate = first;
  return steps.map(() => Number((Number((rate *= gamma).toPrecision(12)) / first).toPrecision(15)));
}

/** Tells whether a value can be put at a path without replacing another. */
function isFree(tree: Tree, path: readonly string[]): boolean {
  const outside = path.slice(0, -1).map((_, i) => valueAt(tree, path.slice(0, i + 1)));
  return outside.every((value) => value === undefined || isTree(value)) && valueAt(tree, path) === undefined;
}

/** Removes the value at a path from a tree. */
function without(tree: Tree, [key, ...inner]: readonly string[]): Tree {
  const { [key]: value, ...rest } = tree;
  return inner.length > 0 ? { ...rest, [key]: without(value as Tree, inner) } : rest;
}
