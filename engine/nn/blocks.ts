import { add } from "../ops/arithmetic/add.ts";
import { relu } from "../ops/arithmetic/relu.ts";
import type { Block, Registry } from "./layers.ts";

/** The channels of a residual block with two convolutions. */
export interface BlockSize {
  /** Channels that come in. */
  into: number;
  /** Channels of the 3x3 convolutions. */
  planes: number;
  /** Stride of the block. */
  stride: number;
}

/** The channels of a bottleneck. */
interface BottleneckSize extends BlockSize {
  /** Groups of the 3x3 convolution. */
  groups: number;
  /** Channels of each group where the planes are 64, in others in proportion. */
  groupWidth: number;
}

/** Channels that a bottleneck puts out for each of its planes. */
export const EXPANSION = 4;

/**
 * Two 3x3 convolutions beside a shortcut, `<name>.{conv1,bn1,conv2,bn2}`.
 *
 * @param makeSkip Makes the shortcut. Its weights stand behind the block's own, as in torchvision's networks.
 */
export function residualBlock(
  registry: Registry,
  name: string,
  { into, planes, stride }: BlockSize,
  makeSkip: () => Block,
): Block {
  const conv1 = registry.conv(`${name}.conv1`, into, planes, 3, stride);
  const norm1 = registry.norm(`${name}.bn1`, planes);
  const conv2 = registry.conv(`${name}.conv2`, planes, planes, 3);
  const norm2 = registry.norm(`${name}.bn2`, planes);
  const skip = makeSkip();
  return (x, norms) => relu(add(norm2(conv2(relu(norm1(conv1(x), norms))), norms), skip(x, norms)));
}

/** A basic block, whose shortcut is a convolution where the shape changes. */
export function basicBlock(registry: Registry, name: string, size: BlockSize): Block {
  const { into, planes, stride } = size;
  return residualBlock(registry, name, size, () => shortcut(registry, name, into, planes, stride));
}

/** A 3x3 convolution between two 1x1 convolutions beside a shortcut, `<name>.{conv1,bn1,conv2,bn2,conv3,bn3}`. */
export function bottleneck(registry: Registry, name: string, size: BottleneckSize): Block {
  const { into, planes, stride, groups, groupWidth } = size;
  const [inner, outer] = [Math.floor(planes * groupWidth / 64) * groups, planes * EXPANSION];
  const conv1 = registry.conv(`${name}.conv1`, into, inner, 1);
  const norm1 = registry.norm(`${name}.bn1`, inner);
  const conv2 = registry.conv(`${name}.conv2`, inner, inner, 3, stride, groups);
  const norm2 = registry.norm(`${name}.bn2`, inner);
  const conv3 = registry.conv(`${name}.conv3`, inner, outer, 1);
  const norm3 = registry.norm(`${name}.bn3`, outer);
  const skip = shortcut(registry, name, into, outer, stride);
  return (x, norms) => {
    const narrowed = relu(norm1(conv1(x), norms));
    const seen = relu(norm2(conv2(narrowed), norms));
    return relu(add(norm3(conv3(seen), norms), skip(x, norms)));
  };
}

/** The shortcut of a block: its input, or a 1x1 convolution of the input where the shape changes. */
function shortcut(registry: Registry, name: string, into: number, outer: number, stride: number): Block {
  if (stride === 1 && into === outer) return (x) => x;
  const conv = registry.conv(`${name}.downsample.0`, into, outer, 1, stride);
  const norm = registry.norm(`${name}.downsample.1`, outer);
  return (x, norms) => norm(conv(x), norms);
}
