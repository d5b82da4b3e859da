import { asText, shown } from "../pickle/mod.ts";
import { CheckpointError, firstOf } from "../tensors/checkpoint_error.ts";
import { type LayoutFound, takeLayout } from "../layouts/take_layout.ts";
import { elementCount } from "../tensors/raw_tensor.ts";
import { checkTensorName } from "../tensors/tensor_name.ts";
import { TorchTensor } from "../torch/torch_tensor.ts";

/** The tensors of a network in a file of a training script, and the other contents of the file. */
export interface FoundState {
  /** The keys that lead to the dictionary of the tensors, joined by dots; `""` for the whole file. */
  entries: string[];
  /** The tensors by their names, in the order of the file. */
  tensors: Map<string, TorchTensor>;
  /** Numbers and texts beside the tensors, such as `epoch`. */
  metadata: Record<string, string>;
  /** Names of everything else beside the tensors, which was not read, such as `optimizer`. */
  leftOut: string[];
  /** The layout of published code that the file has; null: the tensors have the names of the file. */
  layout: LayoutFound | null;
  /** A factor of each class's logit, not yet folded into the classifier. */
  scales: { name: string; tensor: TorchTensor } | null;
}

/** Dictionaries nested deeper than this are skipped; training scripts nest them three or four deep. */
const DEEPEST = 50;
/** Dictionaries of longer paths are skipped, too: a path is written for each of them, and a small file has many. */
const LONGEST = 1000;

interface Dictionary {
  path: string;
  items: Map<unknown, unknown>;
}

/** Usual keys of the weights in training scripts; they tell the network from, say, the weights of a loss. */
const USUAL = /state_?dict|model|net|weights/i;

/**
 * Finds the network in a checkpoint: its parts, where it has the layout of published code, or the one dictionary of
 * tensors, such as the value of `state_dict`, `model` or `net`, or the checkpoint itself.
 *
 * @param root The unpickled value.
 * @param wanted Dictionaries to take instead of searching, joined into one.
 * @throws {CheckpointError} when no dictionary has tensors, or several have and it is unclear which is the network.
 */
export function findState(root: unknown, wanted?: readonly string[]): FoundState {
  const dictionaries = collect(root);
  // A layout needs all of its dictionaries: where one alone is wanted, only what stands in it is looked at.
  const searched = !wanted
    ? dictionaries
    : wanted.length === 1
    ? dictionaries.filter(({ path }) => isWithin(path, wanted[0]))
    : [];
  const laidOut = takeLayout(searched.map(({ path, items }) => ({ path, tensors: tensorsOf(items) })));
  if (laidOut) {
    const { layout, tensors, scales, paths } = laidOut;
    const beside = describe(dictionaries, dictionaries.filter(({ path }) => paths.includes(path)));
    return {
      ...beside,
      entries: paths,
      tensors,
      scales,
      layout,
      leftOut: [...layout.leftOut, ...beside.leftOut],
    };
  }
  const strict = dictionaries.filter(({ items }) => hasTensors(items) && [...items.values()].every(isLeaf));
  // A script may also save the weights of the network beside a dictionary of other tensors.
  const candidates = strict.length ? strict : dictionaries.filter(({ items }) => hasTensors(items));
  const chosen = wanted
    ? wanted.map((path) => choose(path, dictionaries, candidates))
    : [theOne(root, candidates)];
  const entries = chosen.map(({ path }) => path);
  return { entries, ...join(chosen), ...describe(dictionaries, chosen), layout: null, scales: null };
}

function tensorsOf(items: Map<unknown, unknown>): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  for (const [name, value] of items) {
    if (typeof name === "string" && value instanceof TorchTensor) tensors.set(name, value);
  }
  return tensors;
}

/** Every dictionary that can be reached by text keys; an optimiser numbers its parameters, so its tensors are not. */
function collect(root: unknown): Dictionary[] {
  const found: Dictionary[] = [];
  const seen = new Set<unknown>();
  const visit = (value: unknown, path: string, depth: number) => {
    if (!(value instanceof Map) || seen.has(value) || depth > DEEPEST || isLong(path)) return;
    seen.add(value);
    found.push({ path, items: value });
    for (const [key, item] of value) if (typeof key === "string") visit(item, within(path, key), depth + 1);
  };
  visit(root, "", 0);
  return found;
}

function isLong(path: string): boolean {
  return path.length > LONGEST || path.split(".").length > DEEPEST + 1;
}

function theOne(root: unknown, candidates: Dictionary[]): Dictionary {
  const usual = candidates.filter(({ path }) => USUAL.test(path));
  if (usual.length === 1) return usual[0];
  if (candidates.length === 1) return candidates[0];
  if (candidates.length === 0) {
    const current = root instanceof Map
      ? `one with ${firstOf([...root.keys()].map(asText)) || "nothing in it"}`
      : root instanceof TorchTensor
      ? "a single tensor"
      : Array.isArray(root)
      ? `a list of ${root.length}`
      : typeof root;
    throw new CheckpointError(
      `Cannot find the weights in the checkpoint: it takes a dictionary of tensors, current is ${current}: ` +
        "save them with torch.save(model.state_dict(), file)",
    );
  }
  throw new CheckpointError(
    "Cannot tell which tensors of the checkpoint are the network's: it takes one dictionary of tensors, " +
      `current are ${
        listed(candidates)
      }: name one by checkpointKey (entries, where this is called from code), ` +
      "or save it alone",
  );
}

function choose(path: string, dictionaries: Dictionary[], candidates: Dictionary[]): Dictionary {
  const dictionary = dictionaries.find((one) => one.path === path && hasTensors(one.items)) ??
    partNamed(path, dictionaries);
  if (dictionary) return dictionary;
  throw new CheckpointError(
    `Cannot find ${path || "tensors"} in the checkpoint: it takes the name of a dictionary of tensors, ` +
      `current ones are ${listed(candidates) || "none"}: look at the spelling`,
  );
}

/** The tensors of a dictionary whose names begin with a part, such as `module.encoder_q`. */
function partNamed(path: string, dictionaries: Dictionary[]): Dictionary | null {
  for (const outer of dictionaries.toSorted((a, b) => b.path.length - a.path.length)) {
    if (!isWithin(path, outer.path)) continue;
    const start = `${outer.path === "" ? path : path.slice(outer.path.length + 1)}.`;
    const items = [...outer.items].filter(([name, value]) =>
      typeof name === "string" && name.startsWith(start) && value instanceof TorchTensor
    );
    if (items.length === 0) continue;
    return {
      path,
      items: new Map(items.map(([name, value]) => [(name as string).slice(start.length), value])),
    };
  }
  return null;
}

function join(chosen: Dictionary[]): { tensors: Map<string, TorchTensor> } {
  const tensors = new Map<string, TorchTensor>();
  for (const { path, items } of chosen) {
    for (const [name, value] of items) {
      if (!(value instanceof TorchTensor)) continue;
      if (typeof name !== "string" || tensors.has(name)) {
        throw new CheckpointError(
          `Cannot take the tensors of ${path || "the checkpoint"}: it takes texts as names, each once, ` +
            `current is ${shown(name)}: ${chosen.length > 1 ? "two dictionaries hold it" : "no state dict"}`,
        );
      }
      checkTensorName(name);
      tensors.set(name, value);
    }
  }
  return { tensors };
}

/** The other contents of the chosen dictionaries and of the dictionaries around them. */
function describe(
  dictionaries: Dictionary[],
  chosen: Dictionary[],
): Pick<FoundState, "metadata" | "leftOut"> {
  const metadata: Record<string, string> = {};
  const leftOut: string[] = [];
  const leadsToChosen = (path: string) =>
    chosen.some((one) => one.path === path || one.path.startsWith(`${path}.`));
  for (const dictionary of dictionaries) {
    const { path, items } = dictionary;
    const isChosen = chosen.includes(dictionary);
    if (!isChosen && path !== "" && !leadsToChosen(path)) continue;
    for (const [key, value] of items) {
      const name = within(path, asText(key));
      if (value instanceof TorchTensor && (isChosen || chosen.some((one) => isWithin(name, one.path)))) {
        continue;
      }
      const text = plainText(value, name);
      if (text !== null) metadata[name] = text;
      else if (!(value instanceof Map && leadsToChosen(name))) leftOut.push(name);
    }
  }
  return { metadata, leftOut };
}

function plainText(value: unknown, name: string): string | null {
  if (value instanceof TorchTensor) {
    return elementCount(value.shape) === 1 ? String(value.read(name).data[0]) : null;
  }
  return isPlain(value) && value !== null ? String(value) : null;
}

/** Tells whether a dictionary has a tensor that is not a scalar; metrics such as `best_acc1` are scalars. */
function hasTensors(items: Map<unknown, unknown>): boolean {
  return [...items].some(([key, value]) =>
    typeof key === "string" && value instanceof TorchTensor && value.shape.length > 0
  );
}

function isLeaf(value: unknown): boolean {
  return value instanceof TorchTensor || isPlain(value);
}

function isPlain(value: unknown): boolean {
  return value === null || ["string", "number", "bigint", "boolean"].includes(typeof value);
}

/** Tells whether a path is that of a dictionary, or leads on from there. */
function isWithin(path: string, outer: string): boolean {
  return outer === "" || path === outer || path.startsWith(`${outer}.`);
}

function within(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function listed(dictionaries: Dictionary[]): string {
  return firstOf(dictionaries.map(({ path, items }) => `${path || "the whole file"} (${items.size})`));
}
