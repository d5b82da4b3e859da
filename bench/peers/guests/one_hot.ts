/** Makes rows [labels, classes] with a 1 at the label and 0 elsewhere. */
export function oneHot(labels: readonly number[], classes: number): Float32Array<ArrayBuffer> {
  const hot = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => hot[i * classes + label] = 1);
  return hot;
}

/** Counts labels for GML. @returns Labels of each class, at least 1; 1 for present classes, else 0; how many are present. */
export function gmlClasses(
  labels: readonly number[],
  classes: number,
): { counts: Float32Array<ArrayBuffer>; seen: Float32Array<ArrayBuffer>; present: number } {
  const counts = new Float32Array(classes);
  for (const label of labels) counts[label]++;
  const seen = counts.map((count) => Math.min(count, 1));
  return {
    counts: counts.map((count) => Math.max(count, 1)),
    seen,
    present: seen.reduce((a, b) => a + b),
  };
}
