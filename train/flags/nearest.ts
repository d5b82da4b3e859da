import { levenshteinDistance } from "@std/text";

/**
 * Finds the known name nearest to an unknown one, by edit distance without regard to case. The last part of a dotted
 * name also counts alone, so that `lr` finds `optimizer.lr`.
 *
 * @param given The unknown name.
 * @param known The names to choose from, at least one; of equally near names the first is taken.
 */
export function nearest(given: string, known: readonly string[]): string {
  let best = known[0];
  let bestScore = Infinity;
  for (const name of known) {
    const score = Math.min(
      distance(given, name),
      // A match of the last part costs a little more, so that the whole name wins a tie.
      distance(lastPart(given), lastPart(name)) + 0.5,
    );
    if (score < bestScore) [best, bestScore] = [name, score];
  }
  return best;
}

/**
 * Finds the choice that a word means: the same word, or the only one that differs by capitals alone.
 *
 * @returns The choice; the word itself where it means none, or could mean several.
 */
export function sameWord(word: string, choices: readonly string[]): string {
  if (choices.includes(word)) return word;
  const same = choices.filter((choice) => choice.toLowerCase() === word.toLowerCase());
  return same.length === 1 ? same[0] : word;
}

function distance(a: string, b: string): number {
  return levenshteinDistance(a.toLowerCase(), b.toLowerCase());
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
