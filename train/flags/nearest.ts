import { levenshteinDistance } from "@std/text";

/**
 * The known name nearest to one that is not known, by edit distance without regard to case. Of a dotted name
 * the last part counts alone too, so that `lr` finds `optimizer.lr`.
 *
 * @param given What was written.
 * @param known The names to choose from, at least one; the first of equally near ones is taken.
 */
export function nearest(given: string, known: readonly string[]): string {
  let best = known[0];
  let bestScore = Infinity;
  for (const name of known) {
    const score = Math.min(
      distance(given, name),
      // A little more than nothing, so that the whole name wins a tie.
      distance(lastPart(given), lastPart(name)) + 0.5,
    );
    if (score < bestScore) [best, bestScore] = [name, score];
  }
  return best;
}

function distance(a: string, b: string): number {
  return levenshteinDistance(a.toLowerCase(), b.toLowerCase());
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
