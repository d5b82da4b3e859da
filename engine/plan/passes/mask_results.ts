import { inOrder, rewrite, usersOf } from "../../graph/graph.ts";
import { apply, type Kernel, type LowerContext, type Op, Tensor } from "../../graph/node.ts";
import { reluGradOp } from "../../ops/arithmetic/relu_grad.ts";

/**
 * Lets the kernels that compute what comes back to a rectifier store zero where its result is not above zero. Nothing
 * is written and read again for the rectifier's gradient then; the rectifier's result is read once more.
 *
 * A gradient that goes into a norm's is gone before (see `fuse_norms.ts`).
 *
 * @param maxTextures Most textures that a kernel binds; with a mask it binds one more.
 */
export function maskResults(outputs: readonly Tensor[], maxTextures: number = Infinity): Tensor[] {
  const users = usersOf(inOrder(outputs));
  return rewrite(outputs, (node, [result, dy]) => {
    if (node.op.name !== reluGradOp.name || !dy.op.maskable || !dy.op.lower) return null;
    const readOnce = users.get(node.inputs[1])!.length === 1 && !outputs.includes(node.inputs[1]);
    const textures = [...dy.inputs, dy, result].filter(({ shape }) => shape.length >= 2).length;
    return readOnce && textures <= maxTextures
      ? apply(masked(dy.op), [...dy.inputs, result], dy.attrs)
      : null;
  });
}

/** Tells if an op computes a tensor, with a mask or without one. */
export function isOrMasked(op: Op<never>, node: Tensor): boolean {
  return node.op.name === op.name || node.op.name === maskedName(op);
}

function maskedName({ name }: Pick<Op, "name">): string {
  return `${name}_masked`;
}

/** The op with the mask as its last input. */
function masked(op: Op): Op {
  const plain = (node: Tensor) =>
    new Tensor(op, node.inputs.slice(0, -1), node.attrs, node.shape, node.dtype);
  return {
    name: maskedName(op),
    infer: (inputs, attrs) => op.infer(inputs.slice(0, -1), attrs),
    reference: (node, inputs) => {
      const mask = inputs.at(-1)!;
      return op.reference(plain(node), inputs.slice(0, -1)).map((value, i) => mask[i] > 0 ? value : 0);
    },
    autocast: op.autocast,
    wants: op.wants,
    ...op.flops && { flops: (node) => op.flops!(plain(node)) },
    lower: (node, context) => {
      const { kernels, scratch, others } = op.lower!(plain(node), besides(context));
      const all = (way: readonly Kernel[]) => way.map((kernel) => withMask(kernel, node.inputs.length - 1));
      return { kernels: all(kernels), scratch, others: others?.map(all) };
    },
  };
}

/** The facts without the mask. Kernels that walk one long row take buffers alone, so that the mask is to be one, too. */
function besides({ inputs, formats, output, ...rest }: LowerContext): LowerContext {
  return {
    ...rest,
    inputs: inputs.slice(0, -1),
    formats: formats.slice(0, -1),
    output: inputs.at(-1) === "texture" ? "texture" : output,
  };
}

/** The kernel with a mask, the op's n-th input, for the output that it writes. */
function withMask(kernel: Kernel, input: number): Kernel {
  const written = Object.entries(kernel.bind).filter(([, operand]) => "output" in operand);
  const masks = written.map(([name, { view }]) => [`${name}_mask`, { input, ...view && { view } }] as const);
  return { ...kernel, bind: { ...kernel.bind, ...Object.fromEntries(masks) } };
}
