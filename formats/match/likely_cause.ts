// Guesses why a checkpoint does not fit from the names and shapes that differ: the first rule that applies.
import { firstOf } from "../tensors/checkpoint_error.ts";
import type { Mismatch, Misshaped } from "./mismatch.ts";
import { prefixCounts } from "./prefix.ts";
import { elementCount, type StateDict } from "../tensors/raw_tensor.ts";

/** A cause in words, the end of an error message. */
export function likelyCause(
  expected: ReadonlyMap<string, readonly number[]>,
  given: StateDict,
  mismatch: Mismatch,
): string {
  const names = [...given.keys()];
  return severalNetworks(new Set(expected.keys()), names, mismatch) ??
    otherNames([...expected.keys()], names, mismatch) ??
    otherDepth([...expected.keys()], names, mismatch) ??
    otherBlocks([...expected.keys()], names) ??
    otherClasses(mismatch) ??
    otherHead([...expected.keys()], mismatch) ??
    otherShapes(mismatch) ??
    noStatistics(mismatch) ??
    noClassifier([...expected.keys()], mismatch) ??
    otherParts([...expected.keys()], names, mismatch) ??
    "it belongs to another network";
}

function severalNetworks(expected: ReadonlySet<string>, names: string[], mismatch: Mismatch): string | null {
  if (mismatch.missing.length < expected.size / 2) return null;
  const fitting = [...prefixCounts(expected, names)].filter(([, count]) => count > expected.size / 2);
  if (fitting.length === 0) return null;
  const list = firstOf(fitting.map(([prefix, count]) => `${prefix} (${count})`));
  const cause = `the names fit under ${list}, but other tensors stand beside`;
  return fitting.length > 1
    ? `${cause}: choose one by checkpointKey, or save its state_dict alone`
    : `${cause}: save the network's state_dict alone`;
}

function otherNames(expected: string[], names: string[], { missing }: Mismatch): string | null {
  if (missing.length < expected.length || names.length === 0) return null;
  return `no name is the same, ${names[0]} stands where ${expected[0]} is expected: ` +
    "another network or another way of naming";
}

/** Compares how many numbered blocks each stage has, `layer1.0` to `layer1.4`. */
function otherDepth(expected: string[], names: string[], { missing, unexpected }: Mismatch): string | null {
  if (missing.length + unexpected.length === 0) return null;
  const ours = blocks(expected), theirs = blocks(names);
  for (const [stage, count] of ours) {
    const other = theirs.get(stage);
    if (other !== undefined && other !== count) {
      return `${stage} has ${other} blocks in the file and ${count} in the network: another depth`;
    }
  }
  return null;
}

/** Basic blocks for bottlenecks, or the other way round. */
function otherBlocks(expected: string[], names: string[]): string | null {
  const [ours, theirs] = [expected, names].map((list) =>
    list.some((name) => /\.\d+\.conv3\.weight$/.test(name))
  );
  if (ours === theirs) return null;
  return theirs
    ? "its blocks have three convolutions, the network's have two: it is of a larger kind, such as resnet50"
    : "its blocks have two convolutions, the network's have three: it is of a smaller kind, such as resnet18";
}

function blocks(names: string[]): Map<string, number> {
  const numbers = new Map<string, Set<string>>();
  for (const name of names) {
    const [, stage, number] = /^(.*?)\.(\d+)\./.exec(name) ?? [];
    if (stage !== undefined) numbers.set(stage, (numbers.get(stage) ?? new Set()).add(number));
  }
  return new Map([...numbers].map(([stage, seen]) => [stage, seen.size]));
}

/** Only one layer differs, and only in its number of outputs. */
function otherClasses({ missing, unexpected, misshaped }: Mismatch): string | null {
  if (missing.length + unexpected.length > 0) return null;
  const layers = new Set(misshaped.map(({ name }) => name.slice(0, name.lastIndexOf("."))));
  const [{ name, expected, given }] = misshaped;
  // LDAM's public code has the vectors of the classes as columns.
  const turned = given.length === 2 && given[0] === expected[1] && given[1] !== expected[1];
  const classes = turned ? given[1] : given[0];
  const outputsDiffer = (one: Misshaped) => {
    const shape = turned ? one.given.toReversed() : one.given;
    return one.expected[0] === expected[0] && shape[0] === classes && expected[0] !== classes &&
      shape.slice(1).join() === one.expected.slice(1).join();
  };
  if (layers.size !== 1 || expected.length > 2 || !misshaped.every(outputsDiffer)) return null;
  return `${[...layers][0] || name} was trained for ${classes} classes, the network has ${expected[0]}`;
}

function otherShapes({ misshaped }: Mismatch): string | null {
  if (misshaped.length === 0) return null;
  const sorted = (shape: readonly number[]) => shape.toSorted((a, b) => a - b).join();
  if (misshaped.every(({ expected, given }) => sorted(expected) === sorted(given))) {
    return misshaped.some(({ expected, given }) => expected.join() !== given.join())
      ? "the axes stand in another order, another library wrote it"
      : "the weights are integers, it may be a quantised network";
  }
  if (misshaped.every(({ expected, given }) => elementCount(expected) === elementCount(given))) {
    return "the same numbers in other shapes, another library wrote it";
  }
  return "another width, or another kind of network";
}

function noStatistics({ missing }: Mismatch): string | null {
  if (missing.length === 0 || !missing.every((name) => /(^|\.)running_(mean|var)$/.test(name))) return null;
  return "it was saved without the statistics of batch norm, parameters alone are not enough";
}

/**
 * A bias or a learned scale of each class is all that the file lacks or has beyond the network; the classifier's matrix
 * may be turned, as LDAM's public code has it.
 */
function otherHead(expected: string[], { missing, unexpected, misshaped }: Mismatch): string | null {
  const [name, ...others] = [...missing, ...unexpected];
  const layer = expected.at(-1)?.replace(/[^.]*$/, "");
  const turned = ({ name, expected, given }: Misshaped) =>
    name === `${layer}weight` && given.toReversed().join() === expected.join();
  if (!misshaped.every(turned) || others.length > 0 || !layer) return null;
  if (name === `${layer}bias`) {
    return missing.length > 0
      ? "its classifier has no bias: it may have another head, cosine, as LDAM trains it"
      : "its classifier has a bias, the network's has none: it may have another head, linear";
  }
  if (missing.length > 0 || !/(^|\.)(scales?|learned_norm)$/.test(name)) return null;
  return `${name} may be learned scales s of a scaled head: fold them into the classifier, s W and s b`;
}

function noClassifier(expected: string[], { missing, unexpected }: Mismatch): string | null {
  const layer = expected.at(-1)?.replace(/[^.]*$/, "");
  if (!layer || missing.length === 0 || !missing.every((name) => name.startsWith(layer))) return null;
  return unexpected.length > 0
    ? `the classifier may have another name there (${firstOf(unexpected, 2)})`
    : "it holds the backbone without a classifier";
}

/** A whole part, such as `block.*`, is all that the file lacks or has beyond the network. */
function otherParts(expected: string[], names: string[], mismatch: Mismatch): string | null {
  const { missing, unexpected, misshaped } = mismatch;
  const partOf = (name: string) => name.split(".")[0];
  const [part, ...others] = new Set([...missing, ...unexpected].map(partOf));
  if (misshaped.length > 0 || part === undefined || others.length > 0) return null;
  if (!names.some((name) => partOf(name) === part)) return `it is of a network without ${part}`;
  return expected.some((name) => partOf(name) === part)
    ? null
    : `it is of a network that has ${part} besides`;
}
