import columnsCode from "../../../shaders/reduce/reduce_columns.wgsl" with { type: "text" };
import grid from "../../../shaders/lowering/grid.wgsl" with { type: "text" };
import lanes from "../../../shaders/lowering/lanes.wgsl" with { type: "text" };
import rowsCode from "../../../shaders/reduce/reduce_rows.wgsl" with { type: "text" };
import {
  defineOp,
  type Family,
  type Kernel,
  type Lowering,
  misfit,
  type Op,
  type Operand,
  type Tensor,
} from "../../graph/node.ts";
import { type Axis, type StridedView, stridesOf } from "../../kernel/view.ts";
import { type Shape, sizeOf } from "../../kernel/shape.ts";
import { broadcastPositions } from "../lowering/broadcast.ts";
import { gridOfRow } from "../lowering/elementwise.ts";
import { rowsKernel } from "../lowering/rows.ts";

/** Attributes of a reduction. */
export interface ReduceAttrs {
  /** Axes of x that are joined to one value, ascending. */
  readonly axes: readonly number[];
  /** Shape of the result: the other lengths, perhaps with ones in place of the joined axes. */
  readonly shape: Shape;
  /** A number that the joined values are multiplied by; a plan puts it there. Default 1. */
  readonly factor?: number;
}

/** An op that joins the values along some axes, in an order that the shapes fix. */
interface Reduction {
  name: "sum" | "max";
  /** Joins two numbers. */
  join(a: number, b: number): number;
  /** Gradient of x. */
  gradient(y: Tensor<ReduceAttrs>, dy: Tensor): Tensor;
}

/** Declares a reduction. */
export function reduceOp({ name, join, gradient }: Reduction): Op<ReduceAttrs> {
  return defineOp<ReduceAttrs>({
    name,
    autocast: "f32",
    infer: (inputs, { shape }) => {
      if (inputs[0].dtype !== "f32") {
        throw misfit(name, "an f32 tensor", inputs, "indices are not calculated with");
      }
      return { shape, dtype: "f32" };
    },
    gradient: (y, dy) => [gradient(y, dy)],
    reference: ({ inputs: [{ shape }], attrs, size }, [x]) => {
      const to = broadcastPositions(keptShape(shape, attrs.axes), shape);
      const result = new Float64Array(size);
      const seen = new Uint8Array(size);
      x.forEach((value, i) => {
        const at = to[i];
        result[at] = seen[at] ? join(result[at], value) : value;
        seen[at] = 1;
      });
      return attrs.factor === undefined ? result : result.map((value) => value * attrs.factor!);
    },
    lower: (node, { family }) => lower(name, node, family),
  });
}

/** The shape of x with 1 for each of the axes. */
export function keptShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((length, axis) => axes.includes(axis) ? 1 : length);
}

function lower(name: "sum" | "max", node: Tensor<ReduceAttrs>, family: Family): Lowering {
  const { kernels, scratch } = joining(name, node, family);
  const { factor } = node.attrs;
  if (factor === undefined) return { kernels, scratch };
  const last = kernels.at(-1)!;
  const scaled: Kernel = {
    ...last,
    defines: { ...last.defines, SCALED: 1 },
    constants: { ...last.constants, FACTOR: factor },
    sizes: [...last.sizes ?? [], "FACTOR"], // it may be 1 over the samples of a batch
  };
  return { kernels: [...kernels.slice(0, -1), scaled], scratch };
}

function joining(name: "sum" | "max", node: Tensor<ReduceAttrs>, family: Family): Lowering {
  const [{ shape }] = node.inputs;
  const strides = stridesOf(shape);
  const axes = shape.map((length, axis) => ({ length, stride: strides[axis] }));
  const over = axes.filter((_, axis) => node.attrs.axes.includes(axis));
  const kept = axes.filter((_, axis) => !node.attrs.axes.includes(axis));
  return node.attrs.axes.includes(shape.length - 1)
    ? alongRows(name, node, family, kept, over)
    : alongColumns(name, node, family, kept, over);
}

/** Kernels where the last axis is joined: each result has a row of vectors, and long rows are cut into parts. */
function alongRows(name: "sum" | "max", node: Tensor, family: Family, kept: Axis[], over: Axis[]): Lowering {
  const rows = node.size;
  const last = over.at(-1)!;
  const vector = node.inputs[0].shape.length === 1;
  const x: Operand = {
    input: 0,
    ...!vector && { view: { of: node.inputs[0].shape, rows: kept, cols: over.slice(0, -1), last } },
  };
  const vectors = sizeOf(over.slice(0, -1).map(({ length }) => length)) * Math.ceil(last.length / 4);
  // A row has one invocation in the lane family, 64 in the tile family. Each adds at most 512, or there are 1024 parts.
  const least = family === "lane" ? 512 : 4096;
  const parts = Math.min(1024, Math.ceil(vectors / least));
  const stage = (from: Operand, parts: number, vectors: number, last: number, y: Operand): Kernel => {
    const kernel = rowsKernel(name, rowsCode, family, [rows * parts, last], { x: from, y }, switches(name));
    const constants = { PARTS: parts, COLS: vectors, EACH: Math.ceil(vectors / parts) };
    const sizes = ["PARTS", "EACH", "COLS", ...vector ? ["CHANNELS", "GROUPS"] : []];
    return {
      ...kernel,
      constants: { ...kernel.constants, ...constants },
      sizes: [...new Set([...kernel.sizes!, ...sizes])],
    };
  };
  const one: Axis = { length: 1, stride: 0 };
  const y: Operand = {
    output: true,
    view: { of: node.shape, rows: [{ length: rows, stride: 1 }], cols: [], last: one },
  };
  if (parts === 1) return { kernels: [stage(x, 1, vectors, last.length, y)] };
  const partial = (view: Omit<StridedView, "of" | "cols">): Operand => ({
    scratch: 0,
    view: { of: [rows, parts], cols: [], ...view },
  });
  const written = partial({ rows: [{ length: rows * parts, stride: 1 }], last: one });
  const read = partial({ rows: [{ length: rows, stride: parts }], last: { length: parts, stride: 1 } });
  const kernels = [
    stage(x, parts, vectors, last.length, written),
    stage(read, 1, Math.ceil(parts / 4), parts, y),
  ];
  return { kernels, scratch: [rows * parts * 4] };
}

/** Kernels where the last axis stays: each of its vectors is joined down the rows, and many rows are cut into parts. */
function alongColumns(
  name: "sum" | "max",
  node: Tensor,
  family: Family,
  kept: Axis[],
  over: Axis[],
): Lowering {
  const rows = sizeOf(over.map(({ length }) => length));
  const [pixels, last] = [kept.slice(0, -1), kept.at(-1)!];
  const x: Operand = { input: 0, view: { of: node.inputs[0].shape, rows: over, cols: pixels, last } };
  const vectors = sizeOf(pixels.map(({ length }) => length)) * Math.ceil(last.length / 4);
  // Few columns keep a GPU busy only in many parts. A part then has as many rows as there are parts, so that neither
  // stage is long.
  const split = rows > 512 || family === "tile" && rows > 64 && vectors < 4096;
  const parts = split ? Math.ceil(Math.sqrt(rows)) : 1;
  const stage = (from: Operand, rows: number, parts: number, y: Operand): Kernel => {
    const each = Math.ceil(rows / parts);
    const { workgroups, ...numbers } = gridOfRow(vectors * 4, { ROWS: rows, EACH: each }, ["ROWS", "EACH"]);
    return {
      label: name,
      code: columnsCode,
      bind: { x: from, y },
      defines: switches(name),
      includes: { grid, lanes },
      ...numbers,
      workgroups: [workgroups[0], workgroups[1], parts],
    };
  };
  const strides = stridesOf(kept.map(({ length }) => length));
  const y: Operand = {
    output: true,
    view: {
      of: node.shape,
      rows: [],
      cols: pixels.map(({ length }, axis) => ({ length, stride: strides[axis] })),
      last: { length: last.length, stride: 1 },
    },
  };
  if (parts === 1) return { kernels: [stage(x, rows, 1, y)] };
  const of = [parts, vectors * 4];
  const partial: Operand = {
    scratch: 0,
    view: {
      of,
      rows: [{ length: parts, stride: vectors * 4 }],
      cols: [],
      last: { length: vectors * 4, stride: 1 },
    },
  };
  return {
    kernels: [stage(x, rows, parts, partial), stage(partial, parts, 1, y)],
    scratch: [parts * vectors * 16],
  };
}

function switches(name: "sum" | "max"): Record<string, number> {
  return { SUM: Number(name === "sum"), SCALED: 0 };
}
