// Converts between the layout of the workloads, channels last, and that of peers with channels first.

/** Moves [N, H, W, C] to [N, C, H, W], filters [O, k, k, I] to [O, I, k, k]. Other shapes stay. */
export function channelsFirst(values: Float32Array<ArrayBuffer>, shape: readonly number[]) {
  if (shape.length !== 4) return { values, shape: [...shape] };
  const [n, h, w, c] = shape;
  const moved = new Float32Array(values.length);
  for (let i = 0; i < n; i++) {
    for (let p = 0; p < h * w; p++) {
      for (let j = 0; j < c; j++) moved[(i * c + j) * h * w + p] = values[(i * h * w + p) * c + j];
    }
  }
  return { values: moved, shape: [n, c, h, w] };
}

/** Converts a flat index into [N, H, W, C] to one into [N, C, H, W]. Other shapes keep it. @param shape [N, C, H, W]. */
export function channelsFirstIndex(index: number, shape: readonly number[]): number {
  if (shape.length !== 4) return index;
  const [, c, h, w] = shape;
  const [image, within] = [Math.floor(index / (h * w * c)), index % (h * w * c)];
  const [pixel, channel] = [Math.floor(within / c), within % c];
  return (image * c + channel) * h * w + pixel;
}
