import { headOf, headsIn, renameHead } from "./head_names.ts";
import { stripPrefix } from "./prefix.ts";
import { showShape, type StateDict } from "../tensors/raw_tensor.ts";

type Shapes = ReadonlyMap<string, readonly number[]>;

/** A network inside a state dict. */
export interface Located {
  /** The prefix of the network's names in the file, such as `module.`. */
  prefix: string;
  /** The tensors below that prefix, without it; the last layer has the network's name. */
  state: StateDict;
  /** Parts of the file that are no part of the network, such as `module.projector`. */
  leftOut: string[];
}

/**
 * Finds a network in a state dict: the one prefix under which all of it stands, whatever stands beside; or else the
 * prefix that all names have.
 *
 * @param expected Names and shapes of the network.
 * @param optional Names that the file need not have, or may have in other shapes.
 * @throws {CheckpointError} when the last layer cannot be told.
 */
export function locate(expected: Shapes, file: StateDict, optional: ReadonlySet<string>): Located {
  const given = renameShortcuts(expected, file);
  const head = headOf(expected);
  const isHead = (name: string) => head !== null && name.startsWith(`${head}.`);
  const body = new Map([...expected].filter(([name]) => !isHead(name) && !optional.has(name)));
  const whole = wholePrefixes(body, given);
  const free = head !== null && optional.has(`${head}.weight`);
  if (whole.length !== 1 || whole[0] === "") {
    const { prefix, state: inside } = stripPrefix([...expected.keys(), ...optional], given);
    const { state, leftOut } = renameHead(head, inside, new Map(), free);
    return { prefix, state, leftOut: leftOut.map((name) => prefix + name) };
  }
  const [prefix] = whole;
  const inside: StateDict = new Map(), outside: StateDict = new Map();
  for (const [name, tensor] of given) {
    if (name.startsWith(prefix)) inside.set(name.slice(prefix.length), tensor);
    else outside.set(name, tensor);
  }
  const beside = lastLayersBeside(prefix, outside);
  const renamed = renameHead(head, inside, beside, free);
  const taken = new Set(renamed.state.values());
  const parts = [...outside].filter(([, tensor]) => !taken.has(tensor)).map(([name]) => partOf(name, prefix));
  const leftOut = [...renamed.leftOut.map((name) => prefix + name), ...parts];
  return { prefix, state: renamed.state, leftOut: [...new Set(leftOut)] };
}

/** The prefixes under which every one of these names stands in its shape; "" is the whole file. */
function wholePrefixes(body: Shapes, given: StateDict): string[] {
  const [first] = body.keys();
  if (first === undefined) return [];
  const found: string[] = [];
  for (const name of given.keys()) {
    if (name !== first && !name.endsWith(`.${first}`)) continue;
    const prefix = name.slice(0, -first.length);
    const fits = body.entries().every(([name, shape]) => {
      if (COUNTER.test(name)) return true;
      const tensor = given.get(prefix + name);
      return tensor !== undefined && showShape(tensor.shape) === showShape(shape);
    });
    if (fits) found.push(prefix);
  }
  return found;
}

/** Batch norm's count of batches plays no part in what a network computes, and older files do not have it. */
export const COUNTER: RegExp = /(^|\.)num_batches_tracked$/;

/** The last layers that stand beside a backbone, as in `backbone.*` and `head.*`, without the parts before both. */
function lastLayersBeside(prefix: string, outside: StateDict): StateDict {
  const found: StateDict = new Map();
  const parts = prefix.split(".").slice(0, -1);
  for (let depth = 0; depth < parts.length; depth++) {
    const around = parts.slice(0, depth).map((part) => `${part}.`).join("");
    const below = new Map(
      [...outside].filter(([name]) => name.startsWith(around))
        .map(([name, tensor]) => [name.slice(around.length), tensor]),
    );
    for (const head of headsIn(below)) {
      for (const [name, tensor] of below) if (name.startsWith(`${head}.`)) found.set(name, tensor);
    }
  }
  return found;
}

/** A part of the file beside a network: what a name has in common with the prefix, and the next part. */
function partOf(name: string, prefix: string): string {
  const [parts, before] = [name.split("."), prefix.split(".")];
  const differs = parts.findIndex((part, i) => part !== before[i]);
  return parts.slice(0, differs + 1).join(".");
}

/** The state with torchvision's name for a shortcut of a convolution and a norm, where the file says `shortcut`. */
function renameShortcuts(expected: Shapes, given: StateDict): StateDict {
  const has = (names: Iterable<string>, part: string) => [...names].some((name) => name.includes(part));
  const needed = has(expected.keys(), ".downsample.0.") && !has(given.keys(), ".downsample.0.");
  if (!needed || !has(given.keys(), ".shortcut.0.")) return given;
  return new Map(
    [...given].map(([name, tensor]) => [name.replace(/\.shortcut\.(\d+)\./, ".downsample.$1."), tensor]),
  );
}
