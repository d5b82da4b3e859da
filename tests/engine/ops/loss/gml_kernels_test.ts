// The kernels of the geometric mean loss on their bounds: given longer tensors than their batch they look at no row behind it
// and write none.
import { assertEquals } from "@std/assert";
import { grad } from "../../../../engine/autodiff/differentiate.ts";
import { inOrder } from "../../../../engine/graph/graph.ts";
import { apply, defineOp, type Op, type Tensor } from "../../../../engine/graph/node.ts";
import { input } from "../../../../engine/graph/source.ts";
import { gml } from "../../../../engine/ops/loss/gml.ts";
import { assertClose } from "../../close.ts";
import { deviceOf, evaluate, FAMILIES } from "../../families.ts";
import { seedOf, uniform } from "../../random.ts";

/** The op of this name among those that the loss and its gradient are made of, with other constants in its kernels. */
function opOf(name: string, constants: Record<string, number>): Op<null> {
  const nll = input("nll", [4]);
  const loss = gml(nll, input("labels", [4], "u32"));
  const { op } = inOrder([loss, ...grad(loss, [nll])]).find(({ op }) => op.name === name)!;
  return defineOp<null>({
    ...op as Op<null>,
    lower: (node, context) => ({
      kernels: (op as Op<null>).lower!(node, context).kernels.map((kernel) => ({
        ...kernel,
        constants: { ...kernel.constants, ...constants },
      })),
    }),
  });
}

for (const [batch, rows] of [[5, 8], [64, 68], [69, 72]]) {
  const next = uniform(seedOf(`gml of ${batch} rows`));
  const draw = (size: number) => Float64Array.from({ length: size }, () => 0.5 + next());
  const [nll, labels, terms, dy] = [
    draw(rows),
    draw(rows).map((x) => Math.floor(3 * x)),
    draw(4 * rows),
    draw(1),
  ];
  const cases = [
    { name: "gml_terms", inputs: { nll: [rows], labels: [rows] }, values: [nll, labels] },
    {
      name: "gml",
      inputs: { nll: [rows], labels: [rows], terms: [rows, 4] },
      values: [nll, labels, terms],
    },
    { name: "gml_grad", inputs: { terms: [rows, 4], dy: [] }, values: [terms, dy] },
  ];
  for (const { name, inputs, values } of cases) {
    Deno.test(`${name}: a batch of ${batch} in tensors of ${rows} rows`, async () => {
      const op = opOf(name, { BATCH: batch });
      const tensors = (rows: number) =>
        Object.entries(inputs).map(([key, shape]) =>
          input(key, shape.map((size, i) => i === 0 ? rows : size), key === "labels" ? "u32" : "f32")
        );
      const given = tensors(rows);
      const cut = values.map((value) =>
        value.length === 1 ? value : value.slice(0, value.length / rows * batch)
      );
      const first = op.reference(apply(op, tensors(batch), null), cut);
      const feeds = new Map(given.map((tensor, i) => [
        tensor,
        tensor.dtype === "u32" ? Uint32Array.from(values[i]) : Float32Array.from(values[i]),
      ]));
      for (const family of FAMILIES) {
        const { y } = await evaluate(await deviceOf(family), { y: apply(op, given, null) }, feeds);
        assertClose(`${family} ${name}`, y.slice(0, first.length), first);
        assertEquals(
          [...y.slice(first.length)].filter((value) => value !== 0),
          [],
          `${family} ${name} writes on`,
        );
      }
    });
  }
}

Deno.test("gml_terms: a probability of exactly the least one pulls, one below it does not", async () => {
  const [nll, labels] = [input("nll", [4]), input("labels", [4], "u32")];
  const y = apply(opOf("gml_terms", { LEAST: 1 }), [nll, labels], null);
  const feeds = new Map<Tensor, Float32Array | Uint32Array>([
    [nll, Float32Array.of(0, 0, 0.5, 0)],
    [labels, Uint32Array.of(0, 0, 1, 1)],
  ]);
  for (const family of FAMILIES) {
    const { terms } = await evaluate(await deviceOf(family), { terms: y }, feeds);
    assertEquals([0, 4, 8, 12].map((at) => terms[at]), [0.5, 0.5, 0, 0.5], family);
  }
});
