import { inOrder, rewrite, usersOf } from "../../graph/graph.ts";
import { apply, type Family, type Tensor } from "../../graph/node.ts";
import { copy } from "../../ops/arithmetic/copy.ts";
import { matrixOf, type Place } from "../../kernel/layout.ts";

/**
 * Chooses where each tensor lives and puts copies where a kernel wants another place.
 *
 * In the `lane` family matrices and images live in textures, which load many times faster there; vectors, indices,
 * parameters and results for the host live in buffers. In the `tile` family everything lives in buffers.
 *
 * @param maxTextureSize Most rows and columns of a texture. @param maxTextures Most textures that a kernel binds: where a
 * node would bind more, its smallest inputs are in buffers.
 * @returns The outputs of the rewritten graph, and the place of every tensor in it.
 */
export function place(
  outputs: readonly Tensor[],
  family: Family,
  maxTextureSize: number,
  maxTextures: number = Infinity,
): { outputs: Tensor[]; places: Map<Tensor, Place> } {
  const order = inOrder(outputs);
  const users = usersOf(order);
  const kept = new Set(outputs);
  const places = new Map<Tensor, Place>();
  const copies = new Map<Tensor, Tensor>();

  const choose = (node: Tensor, inputs: readonly Tensor[]): Place => {
    if (family === "tile" || node.dtype !== "f32" || node.shape.length < 2 || node.op.dense) return "buffer";
    if (kept.has(node) || !fits(node, maxTextureSize)) return "buffer";
    const wants = users.get(node)!.flatMap((user) =>
      user.inputs.map((i, n) => i === node ? user.op.wants?.[n] : "any")
    );
    if (wants.includes("buffer")) return "buffer";
    // The host can write inputs and constants into textures as well.
    if (node.op.name === "input" || node.op.name === "constant") {
      return wants.includes("fast") ? "texture" : "buffer";
    }
    if (!node.op.lower && !node.op.beside) return "buffer";
    // An op between buffers stays among buffers, unless its result is read often.
    return wants.includes("fast") || inputs.some((i) => places.get(i) === "texture") ||
        node.op.wants?.includes("fast")
      ? "texture"
      : "buffer";
  };

  const inTexture = (tensor: Tensor): Tensor => {
    const known = copies.get(tensor);
    if (known) return known;
    const made = copy(tensor);
    copies.set(tensor, made);
    places.set(made, "texture");
    return made;
  };

  // A dispatch cannot read one slice of a buffer and write another. So a kernel has to compute a slice of a packed
  // tensor, and nothing else may read the slice.
  const sliceable = (tensor: Tensor) => tensor.op.lower && users.get(tensor)!.length === 1;

  const toTexture = (node: Tensor, tensor: Tensor, n: number) =>
    node.op.wants?.[n] === "fast" && family === "lane" && places.get(tensor) === "buffer" &&
    fits(tensor, maxTextureSize);

  /** The inputs for which no texture is left, the smallest; the result and what is told beside it come first. */
  const crowdedOut = (node: Tensor, inputs: readonly Tensor[]): Set<Tensor> => {
    if (family === "tile" || !node.op.lower) return new Set();
    const written = [node, ...users.get(node)!.filter(({ op }) => op.beside)]
      .filter((tensor) => !kept.has(tensor) && !tensor.op.dense && fits(tensor, maxTextureSize));
    const left = Math.max(0, maxTextures - written.length);
    return new Set(
      inputs.filter((tensor, n) => places.get(tensor) === "texture" || toTexture(node, tensor, n))
        .toSorted((a, b) => b.size - a.size).slice(left),
    );
  };

  const rewritten = rewrite(outputs, (node, inputs) => {
    const crowded = crowdedOut(node, inputs);
    for (const tensor of crowded) places.set(tensor, "buffer");
    const own = inputs.map((tensor, n) => {
      if (node.op.slices && !sliceable(node.inputs[n])) {
        const made = copy(tensor);
        places.set(made, "buffer");
        return made;
      }
      return toTexture(node, tensor, n) && !crowded.has(tensor) ? inTexture(tensor) : tensor;
    });
    const made = own.every((tensor, n) => tensor === node.inputs[n]) ? node : apply(node.op, own, node.attrs);
    places.set(made, choose(node, own));
    return made;
  });
  return { outputs: rewritten, places };
}

function fits(tensor: Tensor, maxTextureSize: number): boolean {
  const { rows, cols } = matrixOf(tensor.shape);
  return tensor.dtype === "f32" && tensor.shape.length >= 2 && rows <= maxTextureSize &&
    cols <= maxTextureSize;
}
