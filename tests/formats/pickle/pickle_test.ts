import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Global, type NdArray, numpyGlobals, unpickle } from "../../../formats/pickle/mod.ts";
import fixtures from "../../fixtures/formats/pickles.json" with { type: "json" };

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const latin1Bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const plain = (text: string): unknown => unpickle(latin1Bytes(text), { globals: {} }).value;

/** The bytes of a fixture with every protocol of Python, or with those wanted. */
function pickles(name: string, protocols: number[] = [0, 1, 2, 3, 4, 5]): Uint8Array[] {
  const found = fixtures.filter((f) => f.name === name && protocols.includes(f.protocol));
  assertEquals(found.length, protocols.length);
  return found.map((f) => bytesOf(f.base64));
}

Deno.test("unpickle reads plain data in every protocol", () => {
  for (const bytes of pickles("plain")) {
    // Python 3 writes bytes as a call of _codecs.encode in protocols 0 to 2.
    const { value, end } = unpickle(bytes, { globals: numpyGlobals });
    assertEquals(end, bytes.length);
    const map = value as Map<string, unknown>;
    const shared = map.get("shared") as unknown[];
    assertEquals(shared[0] === shared[1], true);
    assertEquals(Object.fromEntries(map), {
      none: null,
      true: true,
      false: false,
      zero: 0,
      small: 7,
      byte: 200,
      short: 60000,
      negative: -5,
      int32: 2 ** 31 - 1,
      exact: Number.MAX_SAFE_INTEGER,
      long: 2n ** 70n,
      minus: -(2n ** 70n),
      float: 0.1,
      huge: 1e300,
      inf: Infinity,
      text: "grüß 你 😀\n\\",
      empty: [[], [], new Map(), "", new Uint8Array()],
      tuples: [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4]],
      bytes: Uint8Array.from({ length: 256 }, (_, i) => i),
      shared: [["twice"], ["twice"]],
      many: Array.from({ length: 300 }, (_, i) => i),
    });
  }
});

Deno.test("unpickle reads sets", () => {
  for (const bytes of pickles("set", [4, 5])) {
    assertEquals(unpickle(bytes, { globals: {} }).value, new Set([1, 2]));
  }
});

Deno.test("unpickle reads what Python 2 writes", () => {
  assertEquals(
    plain("(dp0\nS'data'\np1\n(lp2\nI1\naI-2\naI01\naL12L\nasS'x'\nF1.5e-07\ns."),
    new Map<string, unknown>([
      ["data", [1, -2, true, 12]],
      ["x", 1.5e-7],
    ]),
  );
  assertEquals(plain("S'it\\'s \\\\ \\n\\x41\\101\\q'\n."), "it's \\ \nAA\\q");
  assertEquals(plain(`S"it's"\n.`), "it's");
  assertEquals(plain("Vgr\xfc\\u4f60\\U0001f600\n."), "grü你😀");
  assertEquals(plain("\x80\x02U\x03abc."), "abc");
  assertEquals(plain("\x80\x02U\x03ab\xff."), new Uint8Array([97, 98, 255]));
  assertEquals(plain("T\x02\x00\x00\x00\xff\x00."), new Uint8Array([255, 0]));
  assertEquals(plain("(I1\nI2\n1I3\n20."), 3); // POP_MARK, DUP, POP
  assertEquals(plain("I5\n(0."), 5); // POP takes a mark off
});

Deno.test("unpickle reads NumPy arrays in every protocol", () => {
  const read = (bytes: Uint8Array): NdArray => unpickle(bytes, { globals: numpyGlobals }).value as NdArray;
  for (const array of pickles("array").map(read)) {
    assertEquals([array.shape, array.dtype.code], [[2, 3], "u1"]);
    assertEquals(Array.from(array.bytes), [250, 251, 252, 253, 254, 255]);
  }
  for (const array of pickles("ascii array").map(read)) {
    assertEquals(Array.from(array.bytes), [65, 66, 67, 68]);
  }
  for (const array of pickles("floats").map(read)) {
    assertEquals([array.shape, array.dtype.code, array.dtype.bigEndian], [[1, 2], "f4", true]);
    assertEquals(new DataView(array.bytes.slice().buffer).getFloat32(4), -2);
  }
  for (const array of pickles("fortran").map(read)) {
    assertEquals([array.shape, array.dtype.code, array.fortranOrder], [[2, 3], "i8", true]);
    assertEquals(array.bytes[8], 3);
  }
});

Deno.test("unpickle refuses every global outside the allow-list, by name", () => {
  for (const bytes of pickles("system")) {
    const error = assertThrows(() => unpickle(bytes, { globals: numpyGlobals }), SyntaxError);
    assertStringIncludes(error.message, "current global is posix.system");
    assertStringIncludes(error.message, "numpy.ndarray");
  }
  for (const bytes of pickles("ordered")) {
    assertThrows(() => unpickle(bytes, { globals: {} }), SyntaxError, "collections.OrderedDict");
  }
  // Names that every JavaScript object has are not in the list either.
  assertThrows(() => plain("c__proto__\nconstructor\n."), SyntaxError, "__proto__.constructor");
  assertThrows(
    () =>
      unpickle(latin1Bytes("cconstructor\nname\n."), {
        globals: Object.create({ "constructor.name": () => 1 }),
      }),
    SyntaxError,
    "constructor.name",
  );
  assertThrows(() => plain("(cos\nsystem\nS'ls'\no."), SyntaxError, "os.system"); // OBJ
  assertThrows(() => plain("(S'ls'\nios\nsystem\n."), SyntaxError, "os.system"); // INST
});

Deno.test("unpickle calls factories for REDUCE, NEWOBJ, INST and OBJ, and setState for BUILD", () => {
  class Point {
    state: unknown = null;
    constructor(readonly x: unknown, readonly y: unknown) {}
    setState(state: unknown): void {
      this.state = state;
    }
  }
  const options = { globals: { "m.Point": (x: unknown, y: unknown) => new Point(x, y) } };
  for (
    const call of [
      "cm\nPoint\n(I1\nI2\ntR",
      "cm\nPoint\n(I1\nI2\nt\x81",
      "(I1\nI2\nim\nPoint\n",
      "(cm\nPoint\nI1\nI2\no",
    ]
  ) {
    const point = unpickle(latin1Bytes(`${call}I9\nb.`), options).value as Point;
    assertEquals([point.x, point.y, point.state], [1, 2, 9]);
  }
  const named = unpickle(latin1Bytes("cm\nPoint\n."), options).value;
  assertEquals(named instanceof Global && named.name, "m.Point");
  assertThrows(() => plain("(lI1\nb."), SyntaxError, "an object that can take a state");
  assertThrows(() => plain("S'f'\n(tR."), SyntaxError, "a global to call");
});

Deno.test("unpickle resolves persistent ids and reads pickles that follow one another", () => {
  const bytes = latin1Bytes("Pfirst\n.(S'a'\nI1\ntQ.");
  const options = { globals: {}, persistentLoad: (id: unknown) => ({ id }) };
  const first = unpickle(bytes, options);
  assertEquals(first, { value: { id: "first" }, end: 8 });
  assertEquals(unpickle(bytes.subarray(first.end), options).value, { id: ["a", 1] });
  assertThrows(() => plain("Pfirst\n."), SyntaxError, "without persistent ids");
});

Deno.test("unpickle gives a SyntaxError wherever the bytes are cut", () => {
  for (const bytes of [...pickles("plain"), ...pickles("array")]) {
    const step = bytes.length > 500 ? 7 : 1;
    for (let length = 0; length < bytes.length; length += step) {
      assertThrows(
        () => unpickle(bytes.subarray(0, length), { globals: numpyGlobals }),
        SyntaxError,
        "Cannot read",
      );
    }
  }
  assertThrows(
    () => plain("T\xff\xff\xff\xffabc"),
    SyntaxError,
    "4294967295 bytes at offset 5, current bytes left are 3",
  );
});

Deno.test("unpickle of damaged bytes ends with a value or a SyntaxError", () => {
  let refused = 0;
  for (const bytes of [...pickles("plain", [0, 2, 4]), ...pickles("array", [0, 2, 5])]) {
    for (let i = 0; i < bytes.length; i += 3) {
      const damaged = bytes.slice();
      damaged[i] ^= 1 << (i % 8);
      try {
        unpickle(damaged, { globals: numpyGlobals });
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        refused++;
      }
    }
  }
  assertEquals(refused > 100, true);
});

Deno.test("unpickle says what is wrong with bytes that are no plain pickle", () => {
  assertThrows(() => plain("hello"), SyntaxError, "memo that was stored before"); // 'h' is BINGET
  assertThrows(() => plain("\x1f\x8b"), SyntaxError, "0x1f: this is not a pickle");
  assertThrows(() => plain("."), SyntaxError, "a value on the stack");
  assertThrows(() => plain("(."), SyntaxError, "a value on the stack");
  assertThrows(() => plain("t."), SyntaxError, "a mark on the stack");
  assertThrows(() => plain("(I1\nd."), SyntaxError, "as many values as keys");
  assertThrows(() => plain("I1\nI2\nI3\ns."), SyntaxError, "a dict to fill");
  assertThrows(() => plain("I1\nI2\na."), SyntaxError, "a list to append to");
  assertThrows(() => plain("I1\n(I2\n\x90."), SyntaxError, "a set to fill");
  assertThrows(() => plain("I1x\n."), SyntaxError, "an integer");
  assertThrows(() => plain("Fx\n."), SyntaxError, "a float");
  assertThrows(() => plain("Sabc\n."), SyntaxError, "a quoted string");
  assertThrows(() => plain("\x8c\x01\xff."), SyntaxError, "UTF-8");
  assertThrows(
    () => unpickle(latin1Bytes("cnumpy\ndtype\n(S'O8'\ntR."), { globals: numpyGlobals }),
    SyntaxError,
    "O8",
  );
});
