import type { NumberFormat } from "../kernel/format.ts";
import type { Place } from "../kernel/layout.ts";
import { type DType, type Shape, sizeOf } from "../kernel/shape.ts";
import type { StridedView } from "../kernel/view.ts";
import { ShapeError } from "./errors.ts";

/** `tile`: workgroup memory, for GPUs. `lane`: register tiles over storage textures, for software adapters. */
export type Family = "tile" | "lane";

/**
 * Something that a kernel reads or writes: the op's n-th input, its output, the tensor that it computes beside that, or
 * the n-th of the lowering's scratch buffers; where it is not walked in its own order, with the view that it is seen
 * through.
 */
export type Operand = ({ input: number } | { output: true } | { beside: true } | { scratch: number }) & {
  readonly view?: StridedView;
  /** The bytes that are bound, where a kernel takes a part of a buffer; default all. */
  readonly part?: { readonly from: number; readonly bytes: number };
  /** The operand has one value, in a buffer, which the kernel reads everywhere. */
  readonly repeated?: boolean;
  /** The last length of the operand is no part of the pipeline: it may be the number of samples in a batch. */
  readonly ragged?: boolean;
};

/** Where a kernel wants an input: `any` place, a dense `buffer`, or the family's `fast` place for repeated reads. */
export type Want = "any" | "buffer" | "fast";

/** One dispatch of one kernel. */
export interface Kernel {
  /**
   * The label in traces, benches and errors: the shader's file name without its ending or, where one text serves several
   * ops, the name of the op.
   */
  readonly label: string;
  /** WGSL with the directives of `kernel/template.ts`. */
  readonly code: string;
  /** Operand of each name that the shader declares. */
  readonly bind: Readonly<Record<string, Operand>>;
  /** Values of the shader's `override` constants. */
  readonly constants: Readonly<Record<string, number>>;
  /**
   * Constants that the kernel is given at each dispatch, in a uniform buffer: their values make no further pipeline to
   * compile. They suit numbers that bound loops and edges, not those by which a compiler unrolls or divides.
   */
  readonly sizes?: readonly string[];
  /** Counts and switches of the shader's `//#for` and `//#if` directives. */
  readonly defines?: Readonly<Record<string, number>> | undefined;
  /** Whole numbers of each `//#table` that the shader declares, four to a vector. */
  readonly tables?: Readonly<Record<string, readonly number[]>> | undefined;
  /** Shared WGSL by the name its `//#include` directives use. */
  readonly includes?: Readonly<Record<string, string>> | undefined;
  /** All operands are buffers, walked as one long row of 4-vectors. */
  readonly flat?: boolean;
  /** Workgroups along x, y, z, each at most 65,535. */
  readonly workgroups: readonly [number, number, number];
}

/** The facts of a device by which kernels are chosen. */
export interface DeviceFacts {
  /** Which kernels to take. */
  readonly family: Family;
  /** Bytes of the largest binding; kernels over longer rows take them in pieces. */
  readonly binding: number;
  /** Invocations that run as one subgroup, where it is the same in all kernels of the device; 0 where unknown. */
  readonly subgroup: number;
  /** Bytes of workgroup memory that a kernel may take. */
  readonly workgroupBytes: number;
}

/** The facts by which a lowering may choose its kernels. */
export interface LowerContext extends DeviceFacts {
  /** Where each input is. */
  readonly inputs: readonly Place[];
  /** Format in which the numbers of each input are stored. */
  readonly formats: readonly NumberFormat[];
  /** Where the output goes. */
  readonly output: Place;
}

/** The kernels by which an op runs in one kernel family. */
export interface Lowering {
  /** Dispatched in this order. */
  readonly kernels: readonly Kernel[];
  /** Bytes of each scratch buffer. */
  readonly scratch?: readonly number[] | undefined;
  /**
   * Other kernels to the same bits over the same scratch buffers, in the same number; a tuning may find one of them
   * faster (see `device/tuning.ts`).
   */
  readonly others?: readonly (readonly Kernel[])[] | undefined;
}

/** A tensor that kernels compute, with these kernels. */
export interface LoweredNode {
  readonly node: Tensor;
  readonly lowering: Lowering;
}

/** The whole of an op: shape rule, gradient, float64 reference and lowering. Nothing about it lives elsewhere but its shaders. */
export interface Op<Attrs = unknown> {
  /** As in traces, benches and errors. */
  readonly name: string;
  /** Shape and type of the result. @throws {ShapeError} when the inputs do not fit. */
  infer(inputs: readonly Tensor[], attrs: Attrs): { shape: Shape; dtype: DType };
  /** Gradient of each input, as further graph nodes; null where there is none. */
  gradient?(node: Tensor<Attrs>, dy: Tensor): (Tensor | null)[];
  /** The formula in float64 over dense row-major values. */
  reference(node: Tensor<Attrs>, inputs: readonly Float64Array[]): Float64Array;
  /** Kernels of this node; absent for sources and for ops that only name a place in memory. */
  lower?(node: Tensor<Attrs>, context: LowerContext): Lowering;
  /** Floating-point operations of the node, for traces; default none. */
  flops?(node: Tensor<Attrs>): number;
  /** Where the kernels want each input; default anywhere. `fast` is a texture in the `lane` family. */
  readonly wants?: readonly Want[] | undefined;
  /** The inputs are repeated to one shape by NumPy's rules: nothing has to repeat them before. */
  readonly repeats?: boolean;
  /** The output has to be a dense buffer: the kernels write it scalar by scalar. */
  readonly dense?: boolean;
  /**
   * The format in which a plan of f16 precision stores the output, a tensor of two dimensions or more. Default in f16
   * where its largest inputs all are; `f16`: for the wide results of long calculations; `f32`: for a sum, a
   * statistic or a loss, which f16 does not hold; `inputs`: in f16 where all its inputs are.
   */
  readonly autocast?: "f16" | "f32" | "inputs" | undefined;
  /** The output has the values of the only input: where both are laid out alike, a plan copies them without a kernel. */
  readonly moves?: boolean;
  /**
   * The kernels write the output by `store_y` alone, in the order of its matrix view: a plan may let them store zero where
   * another tensor of its shape is not above zero (see `plan/passes/mask_results.ts`).
   */
  readonly maskable?: boolean;
  /**
   * The output is the memory of this input under another shape, and wants a buffer; such an op has no kernels but those
   * that write more of it.
   */
  readonly aliases?: number;
  /** The kernels of the first input compute the output beside their own; such an op has no kernels. */
  readonly beside?: boolean;
  /** The output is only a part of the input that it aliases: from this number on, or in a layered one this layer. */
  begins?(node: Tensor<Attrs>): number;
  /**
   * The inputs are computed straight into slices of the output, from these words on, or in a layered one into these
   * layers; null for an input that is not. Such an op has no kernels.
   */
  slices?(node: Tensor<Attrs>): readonly (number | null)[];
  /** The gaps between the slices are not zero: the memory is that of other tensors before the first and behind the last use. */
  readonly loose?: boolean;
  /** The output [layers, rows, columns] is a texture of so many layers. */
  readonly layered?: boolean;
  /**
   * The output from the values of the only input, computed by the host amid a run of a plan; such an op has no kernels. All
   * are called in the order of their depth in the graph, whatever becomes of the promises before.
   */
  host?(node: Tensor<Attrs>, values: Float32Array<ArrayBuffer>): Promise<Float32Array>;
  /** Inputs that the kernels update in place: such a node runs last, after everything that reads them. */
  readonly writes?: readonly number[];
}

let nextId = 0;

/**
 * A node of the graph: an op applied to other tensors. It holds no values: building a tensor runs nothing, and
 * a plan (see `plan/plan.ts`) decides where and when it is computed.
 *
 * @example
 * ```ts
 * import { add, tensor } from "everyclass";
 * const sum = add(tensor([1, 2]), 1); // nothing is computed yet
 * console.log(sum.describe(), await sum.data()); // add#2 [2] and [2, 3]
 * ```
 */
export class Tensor<Attrs = unknown> {
  /** Number in order of creation: unique, and larger than that of every input. */
  readonly id: number = nextId++;

  /** Made by the ops' functions, not by hand. */
  constructor(
    /** The op that computes this tensor. */
    readonly op: Op<Attrs>,
    /** The tensors that it is computed from. */
    readonly inputs: readonly Tensor[],
    /** The op's settings besides its inputs: a stride, a name, a factor. */
    readonly attrs: Attrs,
    /** Dimensions. */
    readonly shape: Shape,
    /** Element type. */
    readonly dtype: DType,
  ) {}

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** For errors and traces: `conv2d#12 [128, 32, 32, 16]`. */
  describe(): string {
    return `${this.op.name}#${this.id} [${this.shape.join(", ")}]`;
  }

  /**
   * Sync point: plans what this tensor depends on, runs it on the machine's adapter, and reads the values back. For
   * interactive use; a loop makes a {@link Plan} once and runs it many times.
   *
   * @returns Dense row-major values.
   * @throws {TypeError} when the tensor depends on an input or parameter: those have values in plans only.
   * @throws {DeviceError} when there is no adapter.
   */
  async data(): Promise<Float32Array> {
    return (await reader.read([this]))[0];
  }
}

/** Reads tensors for {@linkcode Tensor.data}. The planner puts itself here: it knows tensors, they need not know it. */
export const reader = {
  read(tensors: readonly Tensor[]): Promise<Float32Array[]> {
    throw new TypeError(
      `Cannot compute ${
        tensors[0].describe()
      }: it takes the planner, current program has not imported engine/mod.ts`,
    );
  },
};

/** Declares an op; the identity, for its type checks. */
export function defineOp<Attrs>(op: Op<Attrs>): Op<Attrs> {
  return op;
}

/** Adds a node to the graph. @throws {ShapeError} when the inputs do not fit the op, or the result would be empty. */
export function apply<Attrs>(op: Op<Attrs>, inputs: readonly Tensor[], attrs: Attrs): Tensor<Attrs> {
  const { shape, dtype } = op.infer(inputs, attrs);
  if (!shape.every((length) => Number.isInteger(length) && length > 0)) {
    throw new ShapeError(
      `Cannot add ${op.name} to the graph: it takes dimensions of 1 or more, current are [${
        shape.join(", ")
      }]`,
    );
  }
  return new Tensor(op, inputs, attrs, shape, dtype);
}

/** The error of every shape rule: what the op takes, what it was given, and the likely cause. */
export function misfit(op: string, takes: string, inputs: readonly Tensor[], cause: string): ShapeError {
  const given = inputs.map((t) => `${t.dtype} [${t.shape.join(", ")}]`).join(" and ");
  return new ShapeError(
    `Cannot add ${op} to the graph: it takes ${takes}, current inputs are ${given}: ${cause}`,
  );
}
