/**
 * The parts that a batch is taken in, as even as can be: 10 images, at most 4 at once, are 4, 3 and 3.
 *
 * @param most Images of the largest part.
 */
export function partsOf(count: number, most: number): number[] {
  const parts = Math.ceil(count / most);
  const least = Math.floor(count / parts);
  const larger = count - least * parts;
  return Array.from({ length: parts }, (_, i) => i < larger ? least + 1 : least);
}

/** The whole batch, then half of it and so on down to one image: what is tried where memory is short. */
export function* halves(count: number): Generator<number> {
  for (let most = count; most > 1; most = Math.ceil(most / 2)) yield most;
  yield 1;
}
