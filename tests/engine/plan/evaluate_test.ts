import { assertEquals, assertRejects } from "@std/assert";
import { DeviceError } from "../../../engine/graph/errors.ts";
import { apply, defineOp, type Op } from "../../../engine/graph/node.ts";
import { copy } from "../../../engine/ops/arithmetic/copy.ts";
import { scale } from "../../../engine/ops/arithmetic/scale.ts";
import { tensor } from "../../../engine/graph/source.ts";
import "../../../engine/plan/evaluate.ts";

Deno.test("after a tensor that the device refuses, the next one is computed", async () => {
  const x = tensor([1, 2]);
  const copyOp = copy(x).op as Op<null>;
  const refused = defineOp<null>({
    ...copyOp,
    lower: (node, context) => {
      const { kernels: [kernel] } = copyOp.lower!(node, context);
      return { kernels: [{ ...kernel, workgroups: [70_000, 1, 1] }] }; // at most 65,535
    },
  });
  await assertRejects(() => apply(refused, [x], null).data(), DeviceError, "Cannot go on with this device");
  assertEquals(await scale(x, 2).data(), Float32Array.of(2, 4));
});
