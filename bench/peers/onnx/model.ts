// Writes the files of ONNX: a graph whose nodes read and write values by name. Numbers of fields as in onnx.proto3.

import { type Field, message } from "./protobuf.ts";

/** Versions of the file's form and of the operators that it uses. */
const [IR_VERSION, OPSET] = [8, 17];
/** Types of elements. */
const FLOAT = 1, INT64 = 7;
/** Types of attributes. */
const AN_INT = 2, A_FLOAT = 1, INTS = 7;

/** A whole number, whole numbers, or a float. */
type Attribute = number | readonly number[] | { f32: number };

/** A graph under construction. */
export class OnnxGraph {
  readonly #fields: Field[] = [];
  #values = 0;

  /** Declares an input. @returns Its name. */
  input(name: string, shape: readonly number[]): string {
    this.#fields.push([11, valueInfo(name, shape)]);
    return name;
  }

  /** Declares an output: the value of this name, of any shape. */
  output(name: string): void {
    this.#fields.push([12, message([[1, name], [2, message([[1, message([[1, FLOAT]])]])]])]);
  }

  /** Adds a tensor that is part of the file. @returns Its name. */
  tensor(name: string, shape: readonly number[], values: Float32Array | BigInt64Array): string {
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const type = values instanceof Float32Array ? FLOAT : INT64;
    this.#fields.push([5, message([...shape.map((d): Field => [1, d]), [2, type], [8, name], [9, raw]])]);
    return name;
  }

  /** Adds a vector of whole numbers, as some operators take them. @returns Its name. */
  wholes(...values: number[]): string {
    return this.tensor(this.#fresh(), [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Adds a node of one result. @returns The result's name. */
  node(operator: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}): string {
    const result = this.#fresh();
    this.#fields.push([
      1,
      message([
        ...inputs.map((name): Field => [1, name]),
        [2, result],
        [4, operator],
        ...Object.entries(attributes).map((entry): Field => [5, attribute(...entry)]),
      ]),
    ]);
    return result;
  }

  /** Writes the file. */
  bytes(): Uint8Array<ArrayBuffer> {
    const graph = message([...this.#fields, [2, "graph"]]);
    return message([[1, IR_VERSION], [7, graph], [8, message([[1, ""], [2, OPSET]])]]);
  }

  #fresh(): string {
    return `v${this.#values++}`;
  }
}

function attribute(name: string, value: Attribute): Uint8Array {
  if (typeof value === "number") return message([[1, name], [3, value], [20, AN_INT]]);
  if ("f32" in value) return message([[1, name], [2, value], [20, A_FLOAT]]);
  return message([[1, name], ...value.map((each): Field => [8, each]), [20, INTS]]);
}

function valueInfo(name: string, shape: readonly number[]): Uint8Array {
  const dims = message(shape.map((size): Field => [1, message([[1, size]])]));
  return message([[1, name], [2, message([[1, message([[1, FLOAT], [2, dims]])]])]]);
}
