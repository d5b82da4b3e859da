import { assert, assertEquals, assertThrows } from "@std/assert";
import { ShapeError } from "../../../engine/graph/errors.ts";
import { inOrder, rewrite, substitute, usersOf } from "../../../engine/graph/graph.ts";
import { interpret } from "../../../engine/graph/interpret.ts";
import { add } from "../../../engine/ops/arithmetic/add.ts";
import { mul } from "../../../engine/ops/arithmetic/mul.ts";
import { relu } from "../../../engine/ops/arithmetic/relu.ts";
import { scale } from "../../../engine/ops/arithmetic/scale.ts";
import { expand } from "../../../engine/ops/reduce/sum.ts";
import { constant, input, nameOf, type Nested, parameter, tensor } from "../../../engine/graph/source.ts";
import type { Tensor } from "../../../engine/graph/node.ts";

const x = input("x", [3]);

Deno.test("inOrder has inputs before users, each tensor once, and nothing that is not needed", () => {
  const a = relu(x);
  const b = scale(a, 2);
  const unused = add(b, x);
  const y = mul(add(a, b), b);
  const order = inOrder([y, a]);
  assertEquals(order.length, new Set(order).size);
  assert(!order.includes(unused));
  for (const node of order) {
    for (const input of node.inputs) assert(order.indexOf(input) < order.indexOf(node), node.describe());
  }
  assertEquals(new Set(order), new Set([x, a, b, y.inputs[0], y]));
});

Deno.test("inOrder of a very deep graph does not overflow the stack", () => {
  let deep: Tensor = x;
  for (let i = 0; i < 50_000; i++) deep = scale(deep, 1);
  assertEquals(inOrder([deep]).length, 50_001);
});

Deno.test("usersOf counts every use", () => {
  const y = mul(x, x);
  const z = add(y, x);
  const users = usersOf(inOrder([z]));
  assertEquals(users.get(x), [y, y, z]);
  assertEquals(users.get(y), [z]);
  assertEquals(users.get(z), []);
});

Deno.test("rewrite keeps what does not change and rebuilds what depends on what does", () => {
  const [a, b] = [relu(x), scale(x, 2)];
  const y = mul(add(a, b), b);
  const [same] = rewrite([y], () => null);
  assert(same === y);

  const [changed, kept] = rewrite(
    [y, b],
    (node, inputs) => node.op.name === "relu" ? scale(inputs[0], 5) : null,
  );
  assert(kept === b && changed !== y);
  assert(changed.inputs[1] === b);
  assertEquals(interpret([changed], new Map([[x, [1, -2, 3]]]))[0], Float64Array.of(14, 56, 126));
});

Deno.test("interpret wants a value for every source, of its length", () => {
  assertThrows(
    () => interpret([relu(x)]),
    TypeError,
    "Cannot evaluate input x: it takes a value, none is given",
  );
  assertThrows(
    () => interpret([relu(x)], new Map([[x, [1]]])),
    TypeError,
    "it takes 3 values, current are 1",
  );
  assertEquals(interpret([relu(constant([-1, 2], [2]))])[0], Float64Array.of(0, 2));
});

Deno.test("a tensor without values is refused when it is added", () => {
  for (
    const empty of [
      () => input("x", [0, 4]),
      () => tensor([[], []]),
      () => tensor([]),
      () => expand(x, [0, 3]),
    ]
  ) {
    assertThrows(empty, ShapeError, "it takes dimensions of 1 or more, current are [");
  }
  assertThrows(
    () => input("x", [2.5]),
    ShapeError,
    "Cannot add input to the graph: it takes dimensions of 1 or more",
  );
});

Deno.test("what is no list of numbers makes no tensor, and the error names what takes a typed array", () => {
  const made = (part: unknown) => () => tensor(part as Nested);
  const takes = "Cannot make a tensor: it takes numbers or lists of them, current is ";
  const typed = "Array: its shape cannot be read off, use constant(values, shape)";
  assertThrows(made(new Float32Array(3)), TypeError, `${takes}Float32${typed}`);
  assertThrows(made([[1, 2], Uint8Array.of(3, 4)]), TypeError, `${takes}Uint8${typed}`);
  assertThrows(made([tensor([1])]), TypeError, `${takes}Tensor: it is a tensor already`);
  for (
    const [part, words] of [[null, "object null"], [["1"], "string 1"], [1n, "bigint 1"], [{}, "Object"]]
  ) {
    assertThrows(made(part), TypeError, takes + words);
  }
  assertEquals(tensor([[1, 2], [3, 4]]).shape, [2, 2]);
});

Deno.test("nameOf is the name of an input or a parameter, and words for a tensor without a name", () => {
  assertEquals([input("x", [2]), parameter("w", [2])].map(nameOf), ["x", "w"]);
  for (const unnamed of [add(x, x), relu(x), constant([1], [1])]) {
    assertEquals(nameOf(unnamed), unnamed.describe());
  }
});

Deno.test("substitute computes the same of other tensors, and refuses others of another shape", () => {
  const [weight, other] = [input("weight", [3]), input("other", [3])];
  const y = mul(relu(add(x, weight)), weight);
  const [twin, untouched] = substitute([y, relu(x)], new Map([[weight, other]]));
  assertEquals(inOrder([twin]).includes(weight), false);
  const values = new Map([[x, [1, -2, 3]], [weight, [9, 9, 9]], [other, [-2, 3, 1]]]);
  assertEquals([...interpret([twin], values)[0]], [-0, 3, 4]);
  assertEquals(inOrder([untouched]).includes(x), true);
  assertThrows(
    () => substitute([y], new Map([[weight, input("other", [4])]])),
    ShapeError,
    "not of the same",
  );
});
