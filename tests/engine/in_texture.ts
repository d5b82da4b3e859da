import { apply, defineOp, type Op, type Tensor } from "../../engine/graph/node.ts";
import { copy } from "../../engine/ops/arithmetic/copy.ts";
import { constant } from "../../engine/graph/source.ts";
import { matrixOf } from "../../engine/kernel/layout.ts";

/**
 * The same values, which the lane family holds in a texture, as it does between the ops of a network; and a plan of f16
 * precision in f16.
 */
const inTextureOp: Op<null> = defineOp({
  ...copy(constant([0], [1])).op as Op<null>,
  name: "in_texture",
  wants: ["fast"],
  autocast: "f16",
  gradient: (_, dy) => [inTexture(dy)],
});

/** Images and matrices by way of a texture, others as they are. */
export function inTexture(x: Tensor): Tensor {
  return x.dtype === "f32" && x.shape.length >= 2 ? apply(inTextureOp, [x], null) : x;
}

/** Invocations that share the rows. */
const SHARES = 2048;

/** `y = shares of the sum of |x|` over the lanes of x's 4-vectors beyond the last channel, which have to be zero. */
const paddingOp: Op<null> = defineOp({
  name: "padding",
  infer: () => ({ shape: [SHARES], dtype: "f32" as const }),
  reference: ({ size }) => new Float64Array(size),
  wants: ["fast"],
  lower: ({ inputs: [x] }) => {
    const { rows, cols, channels } = matrixOf(x.shape);
    return {
      kernels: [{
        label: "padding",
        code: `//#vec4 x
//#dense y f32 update
@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3u) {
  var sum = vec4f();
  for (var row = id.x; row < ${rows}u; row += ${SHARES}u) { for (var col = 0u; col < ${cols}u; col++) {
    let c = (col % ${Math.ceil(channels / 4)}u) * 4u + vec4u(0u, 1u, 2u, 3u);
    sum += select(vec4f(0.0), abs(load_x(row, col)), c >= vec4u(${channels}u));
  } }
  y[id.x] = dot(sum, vec4f(1.0));
}`,
        bind: { x: { input: 0 }, y: { output: true } },
        constants: {},
        workgroups: [SHARES / 8, 1, 1],
      }],
    };
  },
});

/** What an op left in the lanes beyond the last channel of its result. */
export function padding(x: Tensor): Tensor {
  return apply(paddingOp, [x], null);
}
