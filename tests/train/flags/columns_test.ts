import { unicodeWidth } from "@std/cli";
import { assertEquals } from "@std/assert";
import { columnsOf, fit, pairLines } from "../../../train/flags/columns.ts";

// The last ones are of several code points, which not every terminal draws as one character.
const NAMES = [
  "cat",
  "雪豹",
  "ねこ",
  "고양이",
  "ｃａｔ",
  "🐱",
  "cafe\u0301",
  "n\u0303u\u0308",
  "🇳🇵",
  "❤️",
  "👍🏽",
  "👩‍👩‍👧‍👦",
];

Deno.test("columns: a Chinese character and an emoji take two, an accent of its own none", () => {
  const widths = ["cat", "雪豹", "ねこ", "고양이", "ｃａｔ", "🐱", "cafe\u0301", "n\u0303u\u0308"].map(
    unicodeWidth,
  );
  assertEquals(widths, [3, 4, 4, 6, 6, 2, 4, 2]);
  const { rows, widths: [first] } = columnsOf(NAMES.slice(0, 8).map((name) => [name, "1"]), (i) => i === 0);
  assertEquals(first, 6);
  assertEquals(rows.map(([name]) => `${name}|`), [
    "cat   |",
    "雪豹  |",
    "ねこ  |",
    "고양이|",
    "ｃａｔ|",
    "🐱    |",
    "cafe\u0301  |",
    "n\u0303u\u0308    |",
  ]);
});

Deno.test("columns: all are straight, words to the left and numbers to the right, and as wide as the least", () => {
  const { rows, widths } = columnsOf(NAMES.map((name, i) => [name, `${10 ** i}`, name]), (i) => i === 0, 5);
  for (const row of rows) assertEquals(row.map((cell) => unicodeWidth(cell)), widths, row[0]);
  assertEquals(rows.map(([left]) => left.trimEnd()), NAMES);
  assertEquals(rows.map(([, , right]) => right.trimStart()), NAMES);
  assertEquals(columnsOf([["雪"]], () => true, 3), { rows: [["雪 "]], widths: [3] });
});

Deno.test("columns: what is told of names begins in one column", () => {
  assertEquals(pairLines([["雪豹", "a"], ["cat", "b"], ["", "c"]]), ["  雪豹  a", "  cat   b", "        c"]);
});

Deno.test("columns: a text is cut by its width, between characters", () => {
  assertEquals([0, 1, 2, 3, 4, 5].map((columns) => fit("雪豹x", columns)), [
    "",
    "",
    "雪",
    "雪",
    "雪豹",
    "雪豹x",
  ]);
  assertEquals([3, 4, 5].map((columns) => fit("cafe\u0301!", columns)), ["caf", "cafe\u0301", "cafe\u0301!"]);
  for (const name of NAMES) {
    const text = `x${name}y`;
    assertEquals([fit(text, unicodeWidth(text)), fit(text, -1)], [text, ""]);
    for (let columns = 0; columns < unicodeWidth(text); columns++) {
      const part = fit(text, columns);
      assertEquals([text.startsWith(part), unicodeWidth(part) <= columns], [true, true], part);
      // What follows the cut begins with a character of its own.
      assertEquals(
        [...new Intl.Segmenter().segment(text)].some(({ index }) => index === part.length),
        true,
        part,
      );
    }
  }
});
