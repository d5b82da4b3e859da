import { assert, assertEquals, assertMatch } from "@std/assert";
import type { VerdictInput } from "../../../train/verdict/findings.ts";
import { verdictOf } from "../../../train/verdict/verdict.ts";
import { listed } from "../../../train/verdict/words.ts";
import { randomOf } from "../../../train/statistics/draws/random.ts";

/** Images of one class by what they are taken for: `[[label, count], ...]`. */
type Row = readonly (readonly [to: number, images: number])[];

const predicted = (rows: readonly Row[]) =>
  rows.flatMap((row) => row.flatMap(([to, images]) => new Array<number>(images).fill(to)));
const labelsOf = (rows: readonly Row[]) =>
  rows.flatMap((row, label) => row.flatMap(([, images]) => new Array<number>(images).fill(label)));

function verdict(before: readonly Row[] | null, after: readonly Row[], rest: Partial<VerdictInput> = {}) {
  return verdictOf({
    labels: labelsOf(after),
    classNames: after.map((_, label) => `c${label}`),
    before: before && predicted(before),
    after: predicted(after),
    ensemble: null,
    draws: 300,
    ...rest,
  });
}

/** No sentence says that something got better where nothing changed beyond chance. */
function claimsNothing(sentences: readonly string[]): void {
  for (const sentence of sentences) assert(!/\bbetter\b|\brose\b|\bhelped\b/.test(sentence), sentence);
}

Deno.test("a default run: shirts are found, T-shirts are taken for shirts", () => {
  // Images of a class in the order [right first]; before, one shirt in 125 is found.
  const before: Row[] = [[[0, 920], [1, 80]], [[1, 8], [0, 992]], [[2, 900], [1, 100]]];
  const after: Row[] = [[[0, 483], [1, 517]], [[1, 760], [0, 240]], [[2, 880], [1, 120]]];
  const classNames = ["T-shirt", "Shirt", "Coat"];
  const found = verdict(before, after, { classNames });
  assertMatch(found.first, /^Re-training helped the classes: the H-mean rose from 2\.4 % to \d+\.\d %\.$/);
  assertEquals(found.won.map(({ label }) => label), [1]);
  assertEquals(found.cost.classes.map(({ label }) => label), [0, 2]);
  assertEquals(found.recommended.model, "after");
  const text = found.sentences.join("\n");
  assertMatch(text, /Recall rose in 1 class: Shirt from 0\.8 % to 76\.0 %\./);
  assertMatch(text, /recall fell in 2 classes: T-shirt from 92\.0 % to 48\.3 % and Coat/);
  assertMatch(text, /Shirt now takes 517 of the 1,000 test images of T-shirt \(80 before\)\./);
  assertMatch(
    text,
    /With the re-trained model the worst class is most likely T-shirt \(probability \d+\.\d %\), with 48\.3 % right/,
  );
  assertMatch(text, /Use the re-trained model: .*The test images made this choice/);
});

Deno.test("a run that makes everything worse says so, with the milder way, and keeps the first model", () => {
  const rows = (right: number): Row[] => [0, 1, 2].map((c) => [[c, right], [(c + 1) % 3, 200 - right]]);
  const found = verdict(rows(160), rows(90), { milder: "Try a smaller lambda." });
  assertEquals(
    found.first,
    "Re-training cost more than it won: plain accuracy fell from 80.0 % to 45.0 %. Try a smaller lambda.",
  );
  assertEquals(found.recommended.model, "before");
  claimsNothing(found.sentences);
  const mild = verdict(rows(160), rows(145), { milder: "Try a smaller lambda." });
  assertMatch(
    mild.first,
    /^Re-training won nothing beyond chance, and the H-mean fell from .*\. Try a smaller lambda\.$/,
  );
  assertEquals(mild.recommended.model, "before");
});

Deno.test("a gain that costs more plain accuracy than allowed is called too dear", () => {
  const before: Row[] = [[[0, 950], [1, 50]], [[1, 0], [0, 50]]];
  const after: Row[] = [[[0, 700], [1, 300]], [[1, 35], [0, 15]]];
  const found = verdict(before, after);
  assertMatch(found.first, /^Re-training cost more than it won: the H-mean rose .* but plain accuracy fell/);
  assertEquals(found.recommended, {
    model: "before",
    reason: "the other costs too much plain accuracy",
  });
  const both = verdict(before, after, { ensemble: predicted(after) });
  assertEquals(both.recommended, {
    model: "before",
    reason: "the other models cost too much plain accuracy, or win nothing",
  });
  assertEquals(verdict(before, after, { maxAccuracyLoss: 0.3 }).recommended.model, "after");
});

Deno.test("equal predictions, and ties broken by another seed, differ by nothing beyond chance", () => {
  const rows: Row[] = [0, 1, 2, 3].map((c) => [[c, 40 + 10 * c], [(c + 1) % 4, 60 - 10 * c]]);
  const labels = labelsOf(rows);
  const same = verdict(rows, rows);
  assertEquals(same.first, "The test images show no difference between before and after beyond chance.");
  assertEquals(same.recommended.model, "before");
  claimsNothing(same.sentences);
  const { uniform } = randomOf(4);
  const tied = labels.map(() => uniform() < 0.1);
  const broken = () => predicted(rows).map((to, i) => tied[i] ? Math.floor(4 * uniform()) : to);
  claimsNothing(verdict(rows, rows, { before: broken(), after: broken() }).sentences);
});

Deno.test("one image more in a class of few is unknown or within chance", () => {
  const images = [1, 3, 8, 12, 20, 30, 45, 60];
  const right = [0, 1, 4, 6, 10, 20, 30, 40];
  const rows = (extra: readonly number[]): Row[] =>
    images.map((n, c) => {
      const k = right[c] + extra[c];
      return [[c, k], [(c + 1) % 8, n - k]];
    });
  const found = verdict(rows([0, 0, 0, 0, 0, 0, 0, 0]), rows([1, 0, 0, 1, 0, 0, 0, 0]));
  claimsNothing(found.sentences);
  assertEquals([found.won, found.unknown], [[], [0, 1, 2]]);
  assertMatch(found.sentences.at(-1)!, /^c0, c1 and c2 have fewer than 10 test images/);
  assertEquals(found.recommended.model, "before");
});

Deno.test("classes without test images are named, and the others are judged", () => {
  const rows = (right: number): Row[] => [[[0, 450], [2, 50]], [], [[2, right], [0, 200 - right]], []];
  const classNames = ["cat", "yak", "gnu", "emu"];
  const found = verdict(rows(20), rows(150), { classNames });
  assertMatch(found.first, /^Re-training helped the classes: the H-mean rose from /);
  assertEquals([found.won.map(({ label }) => label), found.unknown, found.untested], [[2], [], [1, 3]]);
  assertEquals(found.recommended.model, "after");
  assertEquals(
    found.sentences.at(-1),
    "yak and emu have no test images and count in no number: nothing is known of them.",
  );
  const alone = verdict(null, [[[0, 90], [2, 10]], [], [[2, 9]]], { classNames: classNames.slice(0, 3) });
  assertEquals([alone.unknown, alone.untested], [[2], [1]]);
  assertEquals(alone.sentences.slice(1), [
    "gnu has fewer than 10 test images: too few to say how well it is recognised.",
    "yak has no test images and counts in no number: nothing is known of it.",
  ]);
});

Deno.test("a run without a model before tells its accuracy and its worst class", () => {
  const found = verdict(null, [[[0, 90], [1, 10]], [[1, 20], [0, 80]]]);
  assertMatch(
    found.first,
    /^The model has 55\.0 % of the test images right .* worst class is most likely c1/,
  );
  assertEquals([found.sentences.length, found.comparison, found.recommended.model], [1, null, "after"]);
});

Deno.test("other classes that may be the worst are named with their probabilities", () => {
  const rows = (right: readonly number[]): Row[] =>
    right.map((k, c) => [[c, k], [(c + 1) % right.length, 40 - k]]);
  const found = verdict(null, rows([8, 10, 9, 9, 11, 38, 39, 38]));
  const [, ...others] = found.models.after.amongWorst;
  assertEquals(found.sentences.length, 2);
  const [, name, probability] = found.sentences[1].match(
    /^The worst class may also be (c\d) \(probability (\d+\.\d) %\), c\d \(\d+\.\d %\), c\d \(\d+\.\d %\)/,
  )!;
  assertEquals(name, `c${others[0].label}`);
  assertEquals(probability, (100 * others[0].probability).toFixed(1));
  assert(others.every(({ label }) => label < 5));
  // A class that is surely the worst, or none that is, has no such sentence.
  for (const right of [[1, 38, 39], [30, 30, 30]]) {
    const { sentences } = verdict(null, rows(right));
    assertEquals(sentences.filter((sentence) => sentence.includes("may also be")), []);
  }
});

Deno.test("where all classes may have one recall no class is named the worst", () => {
  const { first, models } = verdict(
    null,
    Array.from({ length: 12 }, (_, c) => [[c, 80 + c % 2], [(c + 1) % 12, 20 - c % 2]]),
  );
  assert(models.after.commonRecall > 0.5);
  assertMatch(
    first,
    /; its classes differ by no more than chance makes them: all may have one recall \(probability/,
  );
});

Deno.test("the ensemble is recommended where it alone wins at a price that may be paid", () => {
  const before: Row[] = [[[0, 950], [1, 50]], [[1, 5], [0, 295]]];
  const after: Row[] = [[[0, 600], [1, 400]], [[1, 200], [0, 100]]];
  const both: Row[] = [[[0, 900], [1, 100]], [[1, 150], [0, 150]]];
  const found = verdict(before, after, { ensemble: predicted(both) });
  assertEquals(found.recommended.model, "ensemble");
  assertMatch(found.sentences.join(" "), /Use the ensemble of both models/);
});

Deno.test("of a thousand classes no sentence names more than three at a time", () => {
  const count = 1000;
  const rows = (right: (c: number) => number): Row[] =>
    Array.from({ length: count }, (_, c) => [[c, right(c)], [(c + 1) % count, 12 - right(c)]]);
  const found = verdict(rows((c) => c % 2 ? 11 : 1), rows((c) => c % 2 ? 1 : 12), { draws: 60 });
  assertEquals([found.won.length, found.cost.classes.length], [500, 500]);
  assert(found.sentences.length <= 8);
  for (const sentence of found.sentences) {
    for (const part of sentence.split(";")) {
      assert((part.match(/\bc\d+\b/g) ?? []).length <= 3, part);
      assert(part.length < 300, part);
    }
  }
  assertMatch(found.sentences.join(" "), /and 497 more/);
});

Deno.test("lists of names", () => {
  assertEquals(listed(["a"]), "a");
  assertEquals(listed(["a", "b"]), "a and b");
  assertEquals(listed(["a", "b", "c"]), "a, b and c");
  assertEquals(listed(Array.from({ length: 15 }, (_, i) => `${i}`)), "0, 1, 2 and 12 more");
});

Deno.test("a model that was moved without training is told so", () => {
  const rows = (right: number): Row[] => [0, 1, 2].map((c) => [[c, right], [(c + 1) % 3, 200 - right]]);
  const found = verdict(rows(90), rows(160), { work: "adjusting" });
  assertMatch(found.first, /^Adjusting helped the classes/);
  const text = found.sentences.join(" ");
  assertMatch(text, /Use the adjusted model/);
  assert(!/re-train/i.test(text), text);
});
