// The numbers of `tests/fixtures/torch/counted.py`, to the bit.

/** The first numbers of a stream, in [0, 1). */
export function counted(stream: number, count: number): Float64Array {
  const numbers = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    let h = (n + 0x9e3779b9 * stream) >>> 0;
    h = Math.imul(h ^ h >>> 16, 0x85ebca6b);
    h = Math.imul(h ^ h >>> 13, 0xc2b2ae35);
    numbers[n] = ((h ^ h >>> 16) >>> 0) / 2 ** 32;
  }
  return numbers;
}

/**
 * The weights that training begins with, in torch's layout.
 *
 * @param shapes Name and shape, in torch's order and layout, without statistics. @param branch Of a block's second norm.
 */
export function countedWeights(
  shapes: readonly (readonly [string, readonly number[]])[],
  branch: number,
): Map<string, Float32Array> {
  return new Map(shapes.map(([name, shape], stream) => {
    const size = shape.reduce((a, b) => a * b, 1);
    if (shape.length > 1) {
      const bound = Math.sqrt((shape.length === 4 ? 6 : 1) / (size / shape[0]));
      return [name, Float32Array.from(counted(stream, size), (u) => (2 * u - 1) * bound)];
    }
    const isBranch = name.startsWith("layer") && name.includes("bn2");
    return [name, new Float32Array(size).fill(name.endsWith("bias") ? 0 : isBranch ? branch : 1)];
  }));
}

/** Images [count, side, side, 3] and labels of a step. */
export function countedBatch(step: number, count: number, side: number, classes: number) {
  const size = side * side * 3;
  const labels = Uint32Array.from(counted(2000 + step, count), (u) => Math.floor(u * classes));
  const patterns = Array.from({ length: classes }, (_, label) => counted(3000 + label, size));
  const images = Float32Array.from(
    counted(1000 + step, count * size),
    (u, i) => (3 * u - 1.5) + (2 * patterns[labels[Math.floor(i / size)]][i % size] - 1),
  );
  return { images, labels };
}

/** The state of a network, statistics too, in torch's layouts. @param shapes Of all its tensors. */
export function countedState(shapes: ReadonlyMap<string, readonly number[]>): Map<string, Float32Array> {
  const names = [...shapes.keys()].sort();
  return new Map(names.map((name, stream) => {
    const shape = shapes.get(name)!;
    const size = shape.reduce((a, b) => a * b, 1);
    const of = (value: (u: number) => number) => new Float32Array(counted(stream, size).map(value));
    if (shape.length > 1) {
      const bound = Math.sqrt((shape.length === 4 ? 6 : 1) / (size / shape[0]));
      return [name, of((u) => (2 * u - 1) * bound)];
    }
    if (name.endsWith("var")) return [name, of((u) => u + 0.5)];
    if (!name.endsWith("weight")) return [name, of((u) => u * 0.4 - 0.2)];
    const factor = /bn[23]/.test(name) ? 0.5 : 1;
    return [name, of((u) => (u * 0.5 + 0.75) * factor)];
  }));
}
