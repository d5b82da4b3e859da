// Short pickles that stand for much: refused, by counts and not by the clock.
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { numpyGlobals, shown, unpickle } from "../../../formats/pickle/mod.ts";

/** A pickle of texts, one letter a byte. */
const bytes = (...parts: string[]): Uint8Array =>
  Uint8Array.from(parts.join(""), (letter) => letter.charCodeAt(0));
const u32 = (value: number): string => String.fromCharCode(...new Uint8Array(Uint32Array.of(value).buffer));
const repeated = (part: string, times: number): string => part.repeat(times);

/** A pair of itself, thirty times over: 2^30 entries when written out. */
const doubled = ")" + repeated("2\x86", 30);

function refuses(pickle: Uint8Array, words: string, globals = numpyGlobals): void {
  assertStringIncludes(assertThrows(() => unpickle(pickle, { globals }), SyntaxError).message, words);
}

Deno.test("a shape of lists that double thirty times is refused in a few words", () => {
  refuses(
    bytes("cnumpy\nndarray\n)R(N", doubled, "NNNtb."),
    "takes a shape of up to 64 sizes, current is [a list of 2, a list of 2]",
  );
  refuses(bytes("cnumpy\nndarray\n)R(N(", repeated("K\x01", 65), "tNNNtb."), "a shape of up to 64 sizes");
});

Deno.test("a list that doubles is no global, no id, no encoding, no dtype", () => {
  refuses(bytes(doubled, "U\x01x\x93."), "two texts that name a global");
  refuses(bytes(doubled, "Q."), "plain data without persistent ids");
  refuses(bytes("c_codecs\nencode\n(U\x01a", doubled, "tR."), "text encoded as latin1, current is [a list");
  refuses(bytes("cnumpy\ndtype\n(", doubled, "tR."), "a dtype of numbers such as u1");
  refuses(bytes(doubled, "NR."), "a global to call before offset");
});

Deno.test("shown tells the first of a list, and a list that holds itself", () => {
  const round: unknown[] = [];
  round.push(round, 1n, "x".repeat(100), new Map(), null, ...Array(10).keys());
  assertEquals(shown(round), `[a list of 15, 1, ${"x".repeat(60)}…, Map, null, 0, 1, 2, and 7 more]`);
});

Deno.test("integers are as long as a kilobyte, however they are written", () => {
  const long = (length: number) => bytes("\x8b", u32(length), repeated("\x7f", length), ".");
  assertEquals(unpickle(long(1024), { globals: {} }).value, BigInt(`0x${"7f".repeat(1024)}`));
  assertEquals(unpickle(bytes("\x8a\x02\x00\xff."), { globals: {} }).value, -256);
  assertEquals(unpickle(bytes("\x8a\x00."), { globals: {} }).value, 0);
  refuses(long(1025), 'takes an integer of 1024 bytes at most, current text is "1025 bytes"');
  refuses(long(4_000_000), "takes an integer of 1024 bytes at most");
  refuses(bytes("I", repeated("9", 1_000_000), "\n."), "takes an integer, current");
  // Digits that are no number after all: a search for where they end could go over them again from each.
  refuses(bytes("F", repeated("9", 1_000_000), "x\n."), "takes a float, current");
});

Deno.test("calls that go over one long list again and again are refused after a few", () => {
  const [items, calls] = [100_000, 50_000];
  let called = 0;
  const globals = { "m.f": () => ++called };
  const list = `](${repeated("N", items)}eq\0`;
  const pickle = bytes("cm\nf\nq\x01", list, repeated("h\x01h\0\x85R", calls), ".");
  refuses(pickle, "takes 16 steps a byte at most", globals);
  assert(called * items <= 16 * pickle.length + 2 ** 20, `${called} calls`);
  // The same of an object that is built again and again.
  let built = 0;
  const objects = { "m.o": () => ({ setState: () => void ++built }) };
  refuses(
    bytes("cm\no\n)R", list, "0", repeated("(h\0tb", calls), "."),
    "takes 16 steps a byte at most",
    objects,
  );
  assert(built * items <= 16 * pickle.length + 2 ** 20, `${built} times`);
});

Deno.test("empty dictionaries alone, of a byte each, are refused; a list of small ones is read", () => {
  refuses(bytes("(", repeated("}", 1_000_000), "t."), "takes 16 steps a byte at most");
  const small = bytes("](", repeated("}U\x01aK\x01s", 100_000), "e.");
  assertEquals((unpickle(small, { globals: {} }).value as unknown[]).length, 100_000);
});

Deno.test("a call of more arguments than any function takes is refused", () => {
  const globals = { "m.f": () => 1 };
  refuses(bytes("cm\nf\n(", repeated("N", 300_000), "tR."), "takes up to 100 arguments", globals);
});
