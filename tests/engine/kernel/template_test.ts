import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type BoundOperand, expand } from "../../../engine/kernel/template.ts";
import { broadcastView, rowsView } from "../../../engine/kernel/view.ts";

const none = new Map<string, BoundOperand>();
const buffer = (...shape: number[]): BoundOperand => ({ place: "buffer", shape });
const texture = (...shape: number[]): BoundOperand => ({ place: "texture", shape });
const one = (name: string, operand: BoundOperand) => new Map([[name, operand]]);

Deno.test("for repeats its lines and computes with its counter", () => {
  const code = "//#for i COUNT\nlet a$i = $(i*4+COUNT)u + $iu;\n//#end\nend";
  const { wgsl, names } = expand(code, none, { COUNT: 2 });
  assertEquals(wgsl, "let a0 = 2u + 0u;\nlet a1 = 6u + 1u;\nend");
  assertEquals(names, []);
});

Deno.test("for takes a number or a product, and nests", () => {
  const code = "//#for i 2\n//#for j K*K\n$i$j\n//#end\n//#end";
  assertEquals(expand(code, none, { K: 1 }).wgsl, "00\n10");
  assertEquals(expand(code, none, { K: 0 }).wgsl, "");
});

Deno.test("if keeps its lines when the define is not 0", () => {
  const code = "a\n//#if RELU\n//#for i 1\nb\n//#end\n//#end\nc";
  assertEquals(expand(code, none, { RELU: 1 }).wgsl, "a\nb\nc");
  assertEquals(expand(code, none, { RELU: 0 }).wgsl, "a\nc");
});

Deno.test("else keeps its lines when the define of its if is 0", () => {
  const code = "a\n//#if RELU\nb\n//#else\nc\n//#end\nd";
  assertEquals(expand(code, none, { RELU: 1 }).wgsl, "a\nb\nd");
  assertEquals(expand(code, none, { RELU: 0 }).wgsl, "a\nc\nd");
});

Deno.test("an else belongs to the innermost if around it, whatever loops are between", () => {
  const code =
    "//#if A\n//#for i 2\n//#if B\nab$i\n//#else\na$i\n//#end\n//#end\n//#else\n//#if B\nb\n//#end\n//#end";
  const lines = (A: number, B: number) => expand(code, none, { A, B }).wgsl;
  assertEquals([lines(1, 1), lines(1, 0), lines(0, 1), lines(0, 0)], ["ab0\nab1", "a0\na1", "b", ""]);
});

Deno.test("an operand on the side of an else that is left out takes no binding", () => {
  const operands = new Map([["scale", buffer(4)], ["y", buffer(4)]]);
  const code = "//#if PLAIN\n//#else\n//#vec4 scale\n//#end\n//#vec4 y write";
  assertEquals(expand(code, operands, { PLAIN: 1 }).names, ["y"]);
  assertEquals(expand(code, operands, { PLAIN: 0 }).names, ["scale", "y"]);
});

Deno.test("a dollar before what is no counter stays", () => {
  assertEquals(expand("cost: $x", none).wgsl, "cost: $x");
});

Deno.test("include puts in shared text and expands it too", () => {
  const { wgsl } = expand("//#include rows", none, { N: 2 }, { rows: "//#for i N\nrow$i\n//#end" });
  assertEquals(wgsl, "row0\nrow1");
});

Deno.test("vec4 binds a texture by its texels", () => {
  const { wgsl, names } = expand("//#vec4 x", one("x", texture(2, 3, 5, 6)));
  assertEquals(names, ["x"]);
  assertStringIncludes(wgsl, "@group(0) @binding(0) var x: texture_storage_2d<rgba32float, read>;");
  assertStringIncludes(
    wgsl,
    "fn load_x(row: u32, col: u32) -> vec4f { return textureLoad(x, vec2u(col, row)); }",
  );
  const written = expand("//#vec4 y write", one("y", texture(4, 4))).wgsl;
  assertStringIncludes(written, "texture_storage_2d<rgba32float, write>");
  assertStringIncludes(written, "fn store_y(row: u32, col: u32, value: vec4f) { textureStore(");
});

Deno.test("vec4 stores by a mask where one is bound, whatever holds them", () => {
  const operands = new Map([["y", texture(2, 6)], ["y_mask", buffer(2, 6)]]);
  const { wgsl, names } = expand("//#vec4 y write", operands);
  assertEquals(names, ["y", "y_mask"]);
  assertStringIncludes(wgsl, "var<storage, read> y_mask");
  assertStringIncludes(
    wgsl,
    "fn store_y(row: u32, col: u32, value: vec4f) { store_all_of_y(row, col, select(vec4f(), value, " +
      "load_y_mask(row, col) > vec4f())); }",
  );
  assertEquals(expand("//#vec4 y", operands).names, ["y"]); // only what is written
});

Deno.test("vec4 binds a buffer of whole vectors as vectors", () => {
  const { wgsl } = expand("//#vec4 x", one("x", buffer(2, 3, 5, 8)));
  assertStringIncludes(wgsl, "var<storage, read> x: array<vec4f>;");
  // 5 pixels of 2 vectors each.
  assertStringIncludes(wgsl, "return x[row * 10u + col];");
  assertStringIncludes(expand("//#vec4 y write", one("y", buffer(3, 4))).wgsl, "var<storage, read_write> y");
});

Deno.test("vec4 converts what is stored in f16, and only that", () => {
  const half = (operand: BoundOperand): BoundOperand => ({ ...operand, format: "f16" });
  const expandOne = (directive: string, operand: BoundOperand) =>
    expand(directive, one("x", half(operand))).wgsl;
  const vectors = expandOne("//#vec4 x", buffer(3, 8));
  assert(vectors.startsWith("enable f16;"));
  assertStringIncludes(vectors, "x: array<vec4<f16>>;");
  assertStringIncludes(vectors, "return vec4f(x[row * 2u + col]);");
  assertStringIncludes(expandOne("//#vec4 x write", buffer(3, 8)), "x[row * 2u + col] = vec4<f16>(value);");
  assertStringIncludes(expandOne("//#vec4 x", buffer(3, 5)), "value[0] = f32(x[at + 0u]);");
  assertStringIncludes(expandOne("//#vec4 x write", buffer(3, 5)), "x[at + 0u] = f16(value[0]);");
  assertStringIncludes(expandOne("//#vec4 x", texture(3, 5)), "texture_storage_2d<rgba16float, read>");
  // Rounded in the shader, for adapters differ in how they round.
  assertStringIncludes(expandOne("//#vec4 x write", texture(3, 5)), "vec4f(vec4<f16>(value))");
  const view = broadcastView([3, 1], [2, 3, 8]);
  assertStringIncludes(expandOne("//#vec4 x", { ...buffer(3, 1), view }), "f32(x[");
  const rows = { ...buffer(2, 3, 8), view: rowsView([2, 3, 8]) };
  assertStringIncludes(expandOne("//#vec4 x write", rows), "= vec4<f16>(value);");
  const both = new Map([["x", half(buffer(8))], ["y", buffer(8)]]);
  const mixed = expand("//#vec4 x\n//#vec4 y write", both).wgsl;
  assertStringIncludes(mixed, "x: array<vec4<f16>>;");
  assertStringIncludes(mixed, "y: array<vec4f>;");
  assert(!expand("//#vec4 y", both).wgsl.includes("f16"));
});

Deno.test("vec4 reads and writes through a view", () => {
  const view = broadcastView([3, 1], [2, 3, 8]);
  const read = expand("//#vec4 x", one("x", { ...buffer(3, 1), view })).wgsl;
  assertStringIncludes(read, "array<f32>");
  assertStringIncludes(read, "fn load_x(row: u32, col: u32) -> vec4f {");
  const rows = expand("//#vec4 y write", one("y", { ...texture(2, 3, 8), view: rowsView([2, 3, 8]) })).wgsl;
  assertStringIncludes(rows, "texture_storage_2d<rgba32float, write>");
  assertStringIncludes(rows, "fn store_y(row: u32, col: u32, value: vec4f) {");
  const parts = { ...rowsView([4, 6]), last: { length: 3, stride: 2 } };
  assertThrows(
    () => expand("//#vec4 y write", one("y", { ...texture(4, 6), view: parts })),
    TypeError,
    "Cannot write y to a texture: it takes whole 4-vectors",
  );
});

Deno.test("a directive names its operand with the counter of a loop", () => {
  const operands = new Map([["x0", buffer(4)], ["x1", buffer(4)]]);
  assertEquals(expand("//#for i 2\n//#vec4 x$i\n//#end", operands).names, ["x0", "x1"]);
});

Deno.test("vec4 binds a buffer of channels that end inside a vector scalar by scalar", () => {
  const { wgsl } = expand("//#vec4 x", one("x", buffer(2, 3, 5, 6)));
  assertStringIncludes(wgsl, "var<storage, read> x: array<f32>;");
  assertStringIncludes(wgsl, "let c = (col % 2u) * 4u; let at = (row * 5u + col / 2u) * 6u + c;");
  assertStringIncludes(wgsl, "if (c + 3u < 6u) { value[3] = x[at + 3u]; }");
});

Deno.test("vec4 binds a vector, a scalar and a flat buffer as vectors: their buffers end with a whole one", () => {
  for (const operand of [buffer(5), buffer(), { ...buffer(2, 3, 5), flat: true }]) {
    assertStringIncludes(expand("//#vec4 x", one("x", operand)).wgsl, "array<vec4f>");
  }
});

Deno.test("beyond a vector's last value vec4 reads zero, whatever the memory holds", () => {
  const [five, eight] = [5, 8].map((length) => expand("//#vec4 x", one("x", buffer(length))));
  assertStringIncludes(five.wgsl, "return select(vec4f(), x[col], vec4u(col * 4u) + ");
  assertStringIncludes(five.wgsl, " < vec4u(sizes.length_x));");
  assertEquals(five.sizes, [{ name: "length_x", type: "u32", value: 5 }]);
  // One text for all lengths.
  assertEquals(eight.wgsl, five.wgsl);
  assertEquals(eight.sizes, [{ name: "length_x", type: "u32", value: 8 }]);
});

Deno.test("the text of a row of whole vectors and of a matrix has no number of rows", () => {
  const text = (operand: BoundOperand) => expand("//#vec4 x\n//#vec4 y write", both(operand)).wgsl;
  const both = (operand: BoundOperand) => new Map([["x", operand], ["y", operand]]);
  const flat = (...shape: number[]) => ({ ...buffer(...shape), flat: true });
  assertEquals(text(flat(64, 3, 8)), text(flat(38, 3, 8)));
  assertEquals(text(flat(64, 3, 5)), text(flat(38, 3, 5)));
  for (const channels of [8, 10]) assertEquals(text(buffer(64, channels)), text(buffer(1, channels)));
  assert(text(buffer(64, 8)) !== text(buffer(64, 12)));
});

Deno.test("a repeated operand is read everywhere, and one of a ragged matrix by the length it is given", () => {
  const repeated = expand("//#vec4 x", one("x", { ...buffer(), repeated: true }));
  assertStringIncludes(repeated.wgsl, "return vec4f(x[0]);");
  const ragged = (samples: number) => expand("//#vec4 x", one("x", { ...buffer(16, samples), ragged: true }));
  assertStringIncludes(ragged(38).wgsl, "let at = row * sizes.length_x + c;");
  assertEquals(ragged(38).sizes, [{ name: "length_x", type: "u32", value: 38 }]);
  assertEquals(ragged(64).wgsl, ragged(38).wgsl);
});

Deno.test("sizes are fields of a uniform buffer behind the operands, in the order of the shader", () => {
  const code =
    "override COUNT: u32;\noverride COLS: u32;\noverride SHARE: f32;\n//#vec4 x\nCOUNT * SHARE * MY_COUNT";
  const { wgsl, sizes } = expand(code, one("x", buffer(5)), {}, {}, ["SHARE", "COUNT"]);
  assertStringIncludes(wgsl, "struct Sizes { COUNT: u32, SHARE: f32, length_x: u32 }");
  assertStringIncludes(wgsl, "@group(0) @binding(1) var<uniform> sizes: Sizes;");
  assertStringIncludes(wgsl, "sizes.COUNT * sizes.SHARE * MY_COUNT");
  assertStringIncludes(wgsl, "override COLS: u32;");
  assert(!wgsl.includes("override COUNT"));
  assertEquals(sizes, [
    { name: "COUNT", type: "u32" },
    { name: "SHARE", type: "f32" },
    { name: "length_x", type: "u32", value: 5 },
  ]);
});

Deno.test("the entry point reads a size once, and whatever it calls by itself", () => {
  const code = "override N: u32;\noverride M: u32;\nfn last() -> u32 { return N - 1u; }\n" +
    "@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3u) {\n" +
    "  for (var i = 0u; i < N; i++) { y[i] = last(); }\n}";
  const { wgsl } = expand(code, none, {}, {}, ["N", "M"]);
  assertStringIncludes(wgsl, "return sizes.N - 1u;");
  assertStringIncludes(wgsl, "id: vec3u) { let given_N = sizes.N;\n  for (var i = 0u; i < given_N; i++)");
  assert(!wgsl.includes("given_M"), "a size that the entry point does not name is not read there");
});

Deno.test("a size that the shader has no override for is refused", () => {
  const message = "Cannot expand the shader: it has no override COUNT of a known type";
  assertThrows(() => expand("override COUNT: u32 = 1u;", none, {}, {}, ["COUNT"]), SyntaxError, message);
  assertThrows(() => expand("", none, {}, {}, ["COUNT"]), SyntaxError, message);
});

Deno.test("dense binds a buffer by its elements, read-only unless it is updated", () => {
  const operands = new Map([["labels", buffer(5)], ["y", buffer(5)]]);
  const { wgsl, names } = expand("//#dense labels u32\n//#dense y f32 update", operands);
  assertEquals(names, ["labels", "y"]);
  assertStringIncludes(wgsl, "@binding(0) var<storage, read> labels: array<u32>;");
  assertStringIncludes(wgsl, "@binding(1) var<storage, read_write> y: array<f32>;");
});

Deno.test("an operand that an if leaves out takes no binding", () => {
  const operands = new Map([["bias", buffer(4)], ["y", buffer(4)]]);
  const code = "//#if BIAS\n//#vec4 bias\n//#end\n//#vec4 y write";
  assertEquals(expand(code, operands, { BIAS: 0 }).names, ["y"]);
  assertEquals(expand(code, operands, { BIAS: 1 }).names, ["bias", "y"]);
});

Deno.test("what cannot be expanded is a SyntaxError that says where", () => {
  const fails = (code: string, text: string) => {
    const { message } = assertThrows(() => expand(code, none, { N: 2 }), SyntaxError, text);
    assert(message.startsWith("Cannot expand the shader: ") && !message.endsWith("."), message);
  };
  fails("//#loop i 3", "unknown directive //#loop");
  fails("//#end", "unknown directive //#end");
  fails("//#for i N\nx", "//#for i N has no //#end");
  fails("//#if N\n//#for i N\n//#end", "//#if N has no //#end");
  fails("//#else", "unknown directive //#else");
  fails("//#for i N\n//#else\n//#end", "an //#else in //#for i N belongs to no //#if");
  fails("//#if N\n//#else\n//#else\n//#end", "an //#else in //#if N belongs to no //#if");
  fails("//#if N\n//#else", "//#if N has no //#end");
  fails("//#for i COUNT\n//#end", "COUNT is not defined");
  fails("//#if RELU\n//#end", "RELU is not defined");
  fails("//#for i\n//#end", "//#for i takes a name and a count");
  fails("$(N+M)", "M is not defined");
  fails("//#vec4 x", "nothing is bound as x");
  fails("//#dense x f32", "nothing is bound as x");
  fails("//#include rows", "nothing is included as rows");
});

Deno.test("a built-in value of the entry point is a variable that all functions read", () => {
  const code = "//#builtin within subgroup_invocation_id\nfn own() -> u32 { return within; }\n" +
    "@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) lane: u32) {\n}";
  const { wgsl } = expand(code, none);
  assertStringIncludes(wgsl, "var<private> within: u32;");
  assertStringIncludes(
    wgsl,
    "fn main(@builtin(subgroup_invocation_id) given_within: u32, @builtin(local_invocation_index) lane: u32) { within = given_within;",
  );
});

Deno.test("a table is a uniform array of vectors", () => {
  const { wgsl, names } = expand(
    "//#dense x f32\n//#table entries",
    new Map([["x", buffer(4)], ["entries", buffer(24)]]),
  );
  assertEquals(names, ["x", "entries"]);
  assertStringIncludes(wgsl, "@group(0) @binding(1) var<uniform> entries: array<vec4u, 6>;");
});

Deno.test("accessors of a texture of several layers take the layer first", () => {
  const layered = (format: "f32" | "f16"): BoundOperand => ({ ...texture(2, 3, 8), layered: true, format });
  const code = "//#vec4 x\n//#vec4 y write";
  const { wgsl } = expand(code, new Map([["x", layered("f32")], ["y", layered("f16")]]));
  assertStringIncludes(wgsl, "var x: texture_storage_2d_array<rgba32float, read>;");
  assertStringIncludes(wgsl, "fn load_x(layer: u32, row: u32, col: u32) -> vec4f");
  assertStringIncludes(wgsl, "var y: texture_storage_2d_array<rgba16float, write>;");
  assertStringIncludes(wgsl, "textureStore(y, vec2u(col, row), layer, vec4f(vec4<f16>(value)));");
});
