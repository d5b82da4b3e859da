// Config keys of the version before, which this one still takes. With the next version this file goes.

import { isTree, merge, nested, type Tree, valueAt } from "./config_tree.ts";
import type { Progress } from "../progress/progress.ts";

const SCHEDULE = ["optimizer", "schedule"];
const [STEPS, FACTORS] = ["optimizer.schedule.steps", "optimizer.schedule.factors"];

/** What the keys that each command took before are called now. */
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

/** Renames that no run was told of yet. */
const untold = new Set<string>();

/** Tells, once, by which keys of the version before configs were written. */
export function tellRenamed(progress: Progress): void {
  if (untold.size > 0) progress.line(`config: ${[...untold].join(", ")}`);
  untold.clear();
}

/** Gives the parts of a config, such as its file and each `--set`, the keys of this version, in their order. */
export class LegacyKeys {
  readonly #names: Readonly<Record<string, string>>;
  readonly #renamed = new Set<string>();
  // Each step multiplied the learning rate by gamma: what one part of a config says of them holds for the next.
  #lr: unknown = 0.05;
  #steps: unknown = [5];
  #gamma: unknown = 0.2;
  /** Whether the steps are by gamma, as far as the parts have come. */
  #byGamma = false;

  /** @param task The command whose config it is. */
  constructor(task: string) {
    this.#names = NAMES[task];
  }

  /** Whether the command took this key. */
  has(key: string): boolean {
    return Object.keys(this.#names).some((old) => key === old || key.startsWith(`${old}.`));
  }

  /** The next part by the keys of this version; a key that stands beside its new name is left, to be refused. */
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

  /** Has {@linkcode tellRenamed} tell of what was renamed. */
  tellLater(): void {
    for (const renamed of this.#renamed) untold.add(renamed);
  }

  /** Takes lr, steps and gamma out of a part, whose factors may still be gamma alone. */
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
 * Factors that lead to the very learning rates that steps by gamma did, which were rounded to 12 digits; what the schema
 * is to refuse stays as it is.
 */
function factorsOf(lr: unknown, steps: unknown, gamma: unknown): unknown {
  const isAbove0 = (value: unknown): value is number => typeof value === "number" && value > 0;
  if (!isAbove0(gamma) || !Array.isArray(steps)) return [gamma];
  const first = isAbove0(lr) ? lr : 1;
  let rate = first;
  return steps.map(() => Number((Number((rate *= gamma).toPrecision(12)) / first).toPrecision(15)));
}

/** Whether a value can be put at a path, without taking the place of anything. */
function isFree(tree: Tree, path: readonly string[]): boolean {
  const outside = path.slice(0, -1).map((_, i) => valueAt(tree, path.slice(0, i + 1)));
  return outside.every((value) => value === undefined || isTree(value)) && valueAt(tree, path) === undefined;
}

/** The tree without what is at a path. */
function without(tree: Tree, [key, ...inner]: readonly string[]): Tree {
  const { [key]: value, ...rest } = tree;
  return inner.length > 0 ? { ...rest, [key]: without(value as Tree, inner) } : rest;
}
