import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type ClassMatch, matchClasses } from "../../../train/setup/class_match.ts";
import type { KnownClasses } from "../../../train/setup/class_order.ts";
import type { Setup } from "../../../train/setup/setup.ts";

/** How the classes of a checkpoint stand to a run's; null: those of data without names. */
function match(known: Partial<KnownClasses>, counts: number[], names: string[] | null = null): ClassMatch {
  const classNames = names ?? counts.map((_, i) => `${i}`);
  const dataset = { classNames, numbered: names === null } as Setup["dataset"];
  const all = { counts: null, names: null, numbered: false, ...known };
  return matchClasses("a.pth", all, { dataset, counts: Uint32Array.from(counts) });
}

const same = (known: boolean): ClassMatch => ({ order: "same", known });

const labels = (count: number) => Array.from({ length: count }, (_, i) => `${i}`);

Deno.test("the same counts in another order are refused, and the list that is sorted is named", () => {
  const refused = (there: number[], here: number[], end: string) =>
    assertEquals(
      assertThrows(() => match({ counts: there }, here), RangeError).message,
      "Cannot use the checkpoint a.pth: it takes one whose classes stand in the order of the run's, " +
        `current ones stand in another order, ${end}`,
    );
  refused(
    [1280, 40, 40, 5],
    [5, 40, 1280, 40],
    "class 0 has 1280 training images there and 5 here: " +
      "the labels of the checkpoint's list were sorted by class size",
  );
  refused(
    [5, 40, 1280, 40],
    [5, 40, 40, 1280],
    "class 2 has 1280 training images there and 40 here: the labels of the run's list were sorted by class size",
  );
  refused(
    [5, 40, 1280, 41],
    [41, 5, 1280, 40],
    "class 0 has 5 training images there and 41 here: the labels were numbered in another way",
  );
});

Deno.test("the same counts in the same order are the same classes, others tell nothing", () => {
  assertEquals(match({ counts: [9, 5, 2] }, [9, 5, 2]), same(true));
  assertEquals(match({ counts: [9, 5, 2] }, [9, 5, 1]), same(false));
  assertEquals(match({ counts: [9, 5] }, [9, 5, 1]), same(false));
  assertEquals(match({ counts: [3, 3, 3] }, [3, 3, 3]), same(false)); // any order has these
  assertEquals(match({}, [9, 5, 1]), same(false));
});

Deno.test("names decide before counts, and tell where each class of the run is", () => {
  const names = ["ant", "bee", "cat"];
  assertEquals(match({ names, counts: [9, 5, 2] }, [2, 5, 9], names), same(true));
  const turned = { names: ["bee", "cat", "ant"], counts: [9, 5, 2] };
  assertEquals(match(turned, [9, 5, 2], names), { order: "other", from: [2, 0, 1] });
  // Of other classes, unless their numbers are the run's.
  const words = "class 2 is dog there and cat here";
  assertEquals(match({ names: ["ant", "bee", "dog"] }, [9, 5, 2], names), { order: null, words });
  for (const [counts, is] of [[[9, 5, 2], true], [[2, 5, 9], false]] as const) {
    const found = match({ names: ["ant", "bee", "dog"], counts }, [9, 5, 2], names);
    assertEquals(found.order, is ? "same" : null);
  }
  // ImageNet has two cranes.
  const cranes = (last: string[]) => ["hen", "crane", "crane"].concat(last);
  assertEquals(match({ names: cranes(["a", "b"]) }, [1, 1, 1, 1, 1], cranes(["a", "b"])), same(true));
  assertThrows(
    () => match({ names: cranes(["a", "b"]) }, [1, 1, 1, 1, 1], cranes(["b", "a"])),
    RangeError,
    "class 3 is a there and b here: several classes have one name",
  );
});

Deno.test("numbers are names where they are folders or a file has them, and no names where they are labels", () => {
  const counts = new Array(12).fill(3);
  const folders = labels(12).sort();
  const from = folders.map(Number);
  assertEquals(match({ names: labels(12) }, counts, folders), { order: "other", from });
  assertEquals(match({ names: folders }, counts, folders), same(true));
  const refused = (known: Partial<KnownClasses>, names: string[] | null, end: string) => {
    const { message } = assertThrows(() => match(known, counts, names), RangeError);
    assertStringIncludes(
      message,
      `are labels of data without names, which need not be those numbers: ${end}`,
    );
  };
  refused({ names: labels(12), numbered: true }, folders, "take data with the labels");
  refused({ names: folders }, null, "name the classes of the list by data.names");
  assertEquals(match({ names: labels(12), numbered: true, counts }, counts), same(false));
  // Numbers on one side and words on the other tell nothing; counts do.
  const words = ["ant", "bee", "cat"];
  assertEquals(match({ names: words, counts: [9, 5, 2] }, [9, 5, 2]), same(true));
  assertEquals(match({ names: words }, [9, 5, 2]), same(false));
  assertThrows(
    () => match({ names: words, counts: [9, 5, 2] }, [2, 5, 9]),
    RangeError,
    "sorted by class size",
  );
});
