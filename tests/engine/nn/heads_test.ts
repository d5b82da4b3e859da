// Each head in both families against its formula in plain float64, its gradients against central differences of that.

import { assertEquals } from "@std/assert";
import {
  grad,
  type HeadKind,
  headOf,
  input,
  interpret,
  loadState,
  mul,
  nameOf,
  Parameters,
  Plan,
  sum,
  type Tensor,
} from "../../../engine/mod.ts";
import { deviceOf, FAMILIES } from "../check.ts";
import { assertClose } from "../close.ts";
import { normal, seedOf } from "../random.ts";

const KINDS: HeadKind[] = ["linear", "cosine", "scaled"];

/** Batch, features, classes. */
const SHAPES = [[1, 1, 1], [3, 7, 5], [65, 64, 10]] as const;

type Numbers = ArrayLike<number>;

/** The logits of a head as its formula reads. */
function formula(kind: HeadKind, [batch, features, classes]: readonly number[], [f, w, b, s]: Numbers[]) {
  return Float64Array.from({ length: batch * classes }, (_, at) => {
    const [row, label] = [Math.floor(at / classes) * features, at % classes];
    let [dot, ff, ww] = [0, 0, 0];
    for (let k = 0; k < features; k++) {
      const [x, y] = [f[row + k], w[label * features + k]];
      dot += x * y;
      ff += x * x;
      ww += y * y;
    }
    if (kind === "cosine") return 30 * dot / Math.sqrt(ff) / Math.sqrt(ww);
    return (kind === "scaled" ? s[label] : 1) * (dot + b[label]);
  });
}

/** A head with random values: f, its tensors in order, and a gradient of the logits. */
function example(kind: HeadKind, [batch, features, classes]: readonly number[]) {
  const head = headOf(kind, { classes, features });
  const draw = normal(seedOf(`${kind} ${batch}`));
  const random = (length: number) => Float32Array.from({ length }, draw);
  const values = [random(batch * features), ...head.tensors.map(({ size }) => random(size))];
  return { head, values, dy: random(batch * classes) };
}

for (const kind of KINDS) {
  for (const shape of SHAPES) {
    Deno.test(`a ${kind} head of [${shape}] has the logits and gradients of its formula`, async () => {
      const [batch, features, classes] = shape;
      const { head, values, dy } = example(kind, shape);
      const f = input("f", [batch, features]);
      const y = head.logits(f);
      const cotangent = input("dy", [batch, classes]);
      const wrt = [f, ...head.tensors];
      const gradients = grad(sum(mul(y, cotangent)), wrt);
      const expected = formula(kind, shape, values);
      const slopes = values.map((of, which) => {
        // Six places of each; in float64 the error is about h^2 and 1e-16 / h.
        const h = 1e-5;
        const places = Array.from({ length: Math.min(6, of.length) }, (_, i) => (i * 37) % of.length);
        return places.map((place) => {
          const sumAt = (step: number) => {
            const moved = values.map((own) => Float64Array.from(own));
            moved[which][place] += step;
            return formula(kind, shape, moved).reduce((total, value, i) => total + value * dy[i], 0);
          };
          return { place, slope: (sumAt(h) - sumAt(-h)) / (2 * h) };
        });
      });
      for (const family of FAMILIES) {
        const device = await deviceOf(family);
        using store = new Parameters(device, head.tensors, "head");
        loadState([store], new Map(head.tensors.map((tensor, i) => [nameOf(tensor), values[i + 1]])));
        const outputs = Object.fromEntries<Tensor>([["y", y], ...gradients.entries()]);
        using plan = await Plan.make(device, { outputs, parameters: [store] });
        plan.run({ f: values[0], dy });
        // Cosines are of order 1 times 30: rounding of a sum of 64 products.
        assertClose(`${family} logits`, await plan.read("y"), expected, { relative: 1e-5, absolute: 1e-4 });
        for (const [which, places] of slopes.entries()) {
          const found = await plan.read(`${which}`);
          assertClose(
            `${family} d(${nameOf(wrt[which])})`,
            places.map(({ place }) => found[place]),
            places.map(({ slope }) => slope),
            { relative: 1e-4, absolute: 1e-4 },
          );
        }
      }
    });
  }
}

Deno.test("a folded head has the logits of the unfolded one, and only a scaled head changes", () => {
  for (const kind of KINDS) {
    const { head, values } = example(kind, [3, 7, 5]);
    const f = input("f", [3, 7]);
    const state = new Map(head.tensors.map((tensor, i) => [nameOf(tensor), values[i + 1]]));
    state.set("conv1.weight", Float32Array.of(1, 2));
    const folded = head.fold(state);
    assertEquals([...folded.keys()].sort(), ["conv1.weight", ...head.stored.map(nameOf)].sort());
    const plain = headOf(kind === "cosine" ? kind : "linear", { classes: 5, features: 7 });
    const at = plain.tensors.map((tensor) => [tensor, folded.get(nameOf(tensor))!] as const);
    const [logits] = interpret([plain.logits(f)], new Map([[f, values[0]], ...at]));
    // The folded weights are rounded to float32 once.
    assertClose(kind, logits, formula(kind, [3, 7, 5], values), { relative: 1e-6, absolute: 1e-6 });
    if (kind !== "scaled") assertEquals(folded, state);
  }
});

Deno.test("a scaled head begins as the linear head of a checkpoint", () => {
  const { head } = example("scaled", [1, 4, 3]);
  const checkpoint = new Map([
    ["linear.weight", Float32Array.from({ length: 12 }, (_, i) => i / 7)],
    ["linear.bias", Float32Array.of(0.1, -2, 3)],
  ]);
  const state = head.unfold(checkpoint);
  assertEquals(state.get("linear.scale"), Float32Array.of(1, 1, 1));
  assertEquals(head.fold(state), checkpoint);
});
