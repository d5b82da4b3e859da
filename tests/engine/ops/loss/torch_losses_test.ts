import { linear } from "../../../../engine/ops/matmul/linear.ts";
import { logSoftmax } from "../../../../engine/ops/loss/log_softmax.ts";
import { softmax } from "../../../../engine/ops/loss/softmax.ts";
import { input } from "../../../../engine/graph/source.ts";
import { grad } from "../../../../engine/autodiff/differentiate.ts";
import type { Tensor } from "../../../../engine/graph/node.ts";
import { deviceOf, evaluate, FAMILIES } from "../../check.ts";
import { assertClose } from "../../close.ts";
import { lossOf } from "../../named_losses.ts";
import { checkTorch, type TorchCase, torchCases } from "../../torch_cases.ts";

checkTorch("softmax", ({ x }) => ({ y: softmax(x) }));
checkTorch("log_softmax", ({ x }) => ({ y: logSoftmax(x) }));

/** Inputs of a case, with labels as indices, and what to feed them. */
function inputsOf({ tensors }: TorchCase, names: string[]) {
  const given = Object.fromEntries(names.map((name) => {
    const { shape, data } = tensors.get(name)!;
    const isLabels = name === "labels";
    const values = isLabels ? Uint32Array.from(data) : data;
    return [name, { tensor: input(name, shape, isLabels ? "u32" : "f32"), values }];
  }));
  const feeds = new Map(Object.values(given).map(({ tensor, values }) => [tensor, values]));
  return { feeds, tensor: (name: string): Tensor => given[name].tensor };
}

for (const each of [...torchCases("loss"), ...torchCases("linear_loss")]) {
  const { name, attributes, tensors } = each;
  Deno.test(`${name} as PyTorch`, async () => {
    const isLinear = attributes.op === "linear_loss";
    const names = isLinear ? ["x", "weight", "bias"] : ["logits"];
    const { feeds, tensor } = inputsOf(each, [...names, "labels"]);
    const logits = isLinear ? linear(tensor("x"), tensor("weight"), tensor("bias")) : tensor("logits");
    const loss = lossOf(attributes.loss, logits, tensor("labels"), tensors.get("counts")!.data);
    const gradients = grad(loss, names.map(tensor));
    const outputs = Object.fromEntries([
      ["loss", loss],
      ...names.map((of, i) => [`grad_${of}`, gradients[i]]),
    ]);
    for (const family of FAMILIES) {
      const actual = await evaluate(await deviceOf(family), outputs, feeds);
      for (const key of Object.keys(outputs)) {
        // Logits of 80 carry 4e-6 in float32, their log prior as much again, and the loss is their difference.
        const tolerance = name.endsWith("_large") ? { absolute: 1e-5 } : {};
        assertClose(`${family} ${key}`, actual[key], tensors.get(key)!.data, tolerance);
      }
    }
  });
}
