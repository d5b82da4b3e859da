import type { Shape } from "./shape.ts";
import {
  type Element,
  loaded,
  type NumberFormat,
  stored,
  storedTexel,
  storedType,
  texelFormat,
} from "./format.ts";
import { layeredCode } from "./layered_code.ts";
import { type Held, matrixOf, type Place } from "./layout.ts";
import type { StridedView } from "./view.ts";
import { loadCode, storeCode } from "./view_code.ts";

/** The operand behind a name that a shader declares. */
export interface BoundOperand {
  place: Place;
  /** The format in which the numbers are stored; default f32, and always f32 where the operand is declared dense. */
  format?: NumberFormat;
  shape: Shape;
  /** Every operand is a buffer and the kernel walks it as one long row. */
  flat?: boolean;
  /** A texture of several layers, which accessors take as their first argument. */
  layered?: boolean;
  /** The view through which the kernel walks the operand; default the matrix view of its own shape. */
  view?: StridedView;
}

interface Expansion {
  operands: ReadonlyMap<string, BoundOperand>;
  includes: Readonly<Record<string, string>>;
  /** Names in the order of their bindings. */
  names: string[];
}

/** WGSL of a shader, and what it binds. */
export interface Expanded {
  wgsl: string;
  /** Names of the operands; binding n is the n-th. */
  names: string[];
  /** Sizes in the order of the uniform buffer behind the operands, as the next binding; empty without one. */
  sizes: { name: string; type: "u32" | "i32" | "f32" }[];
}

/**
 * Expands the directives of a shader to plain WGSL.
 *
 *     //#vec4 x              binds the operand x and defines load_x(row, col) -> vec4f over its matrix view, with
 *                            zeros beyond the last channel; load_x(layer, row, col) where it is layered
 *     //#vec4 y write        the same with store_y(row, col, value)
 *     //#dense label u32     binds the operand label as array<u32>, read-only; `update` makes it read-write
 *     //#table entries       binds the kernel's table entries as a uniform array<vec4u>
 *     //#for i TAPS … //#end     repeats the lines with $i = 0, 1, …; $(i * 4 + TAPS) is computed
 *     //#if RELU … //#end        keeps the lines when the define is not 0
 *     //#if RELU … //#else … //#end      keeps the first lines when it is not 0, the others when it is
 *     //#include rows            puts in shared WGSL
 *
 * @param sizes Names of `override` constants that are read from a uniform buffer instead.
 * @throws {SyntaxError} on a directive that is unknown, unclosed or out of place, or a name that nothing stands behind.
 */
export function expand(
  code: string,
  operands: ReadonlyMap<string, BoundOperand>,
  defines: Readonly<Record<string, number>> = {},
  includes: Readonly<Record<string, string>> = {},
  sizes: readonly string[] = [],
): Expanded {
  const context: Expansion = { operands, includes, names: [] };
  const wgsl = expandLines(code.split("\n"), context, defines).join("\n");
  const hasF16 = context.names.some((name) => operands.get(name)!.format === "f16");
  const sized = withSizes(wgsl, sizes, context.names.length);
  return { ...sized, wgsl: hasF16 ? `enable f16;\n${sized.wgsl}` : sized.wgsl, names: context.names };
}

/** The shader with these `override` constants in a uniform buffer at a binding. */
function withSizes(wgsl: string, wanted: readonly string[], binding: number): Omit<Expanded, "names"> {
  const sizes: Expanded["sizes"] = [];
  const rest = wgsl.replace(/^override (\w+): (u32|i32|f32);/gm, (line, name, type) => {
    if (!wanted.includes(name)) return line;
    sizes.push({ name, type });
    return "";
  });
  const missing = wanted.find((name) => !sizes.some((size) => size.name === name));
  if (missing) {
    throw new SyntaxError(`Cannot expand the shader: it has no override ${missing} of a known type`);
  }
  if (sizes.length === 0) return { wgsl, sizes };
  const names = new RegExp(`\\b(${wanted.join("|")})\\b`, "g");
  const fields = sizes.map(({ name, type }) => `${name}: ${type}`).join(", ");
  const declared = `struct Sizes { ${fields} }\n@group(0) @binding(${binding}) var<uniform> sizes: Sizes;`;
  return { wgsl: `${declared}\n${rest.replace(names, "sizes.$1")}`, sizes };
}

function expandLines(lines: string[], context: Expansion, scope: Readonly<Record<string, number>>): string[] {
  const out: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const directive = lines[at].trim().match(/^\/\/#(\w+)\s*(.*)$/);
    if (!directive) {
      out.push(substitute(lines[at], scope));
      continue;
    }
    const [, word, rest] = directive;
    const words = substitute(rest, scope).split(/\s+/);
    if (word === "for" || word === "if") {
      const { middle, end } = closing(lines, at);
      const [name, bound] = word === "for" ? words : ["", words[0]];
      if (!bound) {
        throw new SyntaxError(
          `Cannot expand the shader: ${lines[at].trim()} takes ${
            word === "for" ? "a name and a count" : "a define"
          }`,
        );
      }
      const value = evaluate(bound, scope);
      if (word === "if") {
        const kept = value ? lines.slice(at + 1, middle) : lines.slice(middle + 1, end);
        out.push(...expandLines(kept, context, scope));
      } else {
        const body = lines.slice(at + 1, end);
        for (let i = 0; i < value; i++) out.push(...expandLines(body, context, { ...scope, [name]: i }));
      }
      at = end;
    } else if (word === "include") {
      const text = context.includes[words[0]];
      if (text === undefined) {
        throw new SyntaxError(`Cannot expand the shader: nothing is included as ${words[0]}`);
      }
      out.push(...expandLines(text.split("\n"), context, scope));
    } else if (word === "vec4") out.push(vectorOperand(words[0], words[1] === "write", context));
    else if (word === "dense") out.push(denseOperand(words[0], words[1], words[2] === "update", context));
    else if (word === "table") out.push(tableOperand(words[0], context));
    else throw new SyntaxError(`Cannot expand the shader: unknown directive //#${word}`);
  }
  return out;
}

/** The line that ends a `//#for` or `//#if`, and the line of the `//#else` between them; that of the end without one. */
function closing(lines: string[], from: number): { middle: number; end: number } {
  let depth = 0;
  let middle = -1;
  for (let at = from; at < lines.length; at++) {
    const line = lines[at].trim();
    if (/^\/\/#(for|if)\b/.test(line)) depth++;
    if (/^\/\/#else\b/.test(line) && depth === 1) {
      if (middle >= 0 || !/^\/\/#if\b/.test(lines[from].trim())) {
        throw new SyntaxError(
          `Cannot expand the shader: an //#else in ${lines[from].trim()} belongs to no //#if`,
        );
      }
      middle = at;
    }
    if (/^\/\/#end\b/.test(line) && --depth === 0) return { middle: middle < 0 ? at : middle, end: at };
  }
  throw new SyntaxError(`Cannot expand the shader: ${lines[from].trim()} has no //#end`);
}

function substitute(line: string, scope: Readonly<Record<string, number>>): string {
  return line
    .replace(/\$\(([^)]*)\)/g, (_, expression) => String(evaluate(expression, scope)))
    .replace(/\$([a-z])/g, (whole, name) => name in scope ? String(scope[name]) : whole);
}

/** Sums of products of whole numbers and names, such as `i * 4 + 1`. */
function evaluate(expression: string, scope: Readonly<Record<string, number>>): number {
  const factor = (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : scope[text];
    if (value === undefined) throw new SyntaxError(`Cannot expand the shader: ${text} is not defined`);
    return value;
  };
  return expression.split("+").reduce(
    (sum, term) => sum + term.split("*").reduce((product, text) => product * factor(text.trim()), 1),
    0,
  );
}

function operandOf(name: string, context: Expansion): { operand: BoundOperand; binding: string } {
  const operand = context.operands.get(name);
  if (!operand) throw new SyntaxError(`Cannot expand the shader: nothing is bound as ${name}`);
  context.names.push(name);
  return { operand, binding: `@group(0) @binding(${context.names.length - 1}) var` };
}

function denseOperand(name: string, type: string, update: boolean, context: Expansion): string {
  const { binding } = operandOf(name, context);
  return `${binding}<storage, ${update ? "read_write" : "read"}> ${name}: array<${type}>;`;
}

function tableOperand(name: string, context: Expansion): string {
  const { operand: { shape }, binding } = operandOf(name, context);
  return `${binding}<uniform> ${name}: array<vec4u, ${shape[0] / 4}>;`;
}

/** Declares an operand and its accessor, so that one kernel serves textures and buffers of any channel count. */
function vectorOperand(name: string, write: boolean, context: Expansion): string {
  const { operand, binding } = operandOf(name, context);
  const { place, format = "f32", shape, flat, layered, view } = operand;
  if (layered) return `${binding} ${layeredCode(name, format, write)}`;
  const type = (element: Element) => `${binding}${typeOf(name, { place, format }, write, element)}`;
  if (view) {
    const { element, code } = (write ? storeCode : loadCode)(name, { place, format }, view);
    return `${type(element)}\n${code}`;
  }
  const { rows, width, channels, cols } = matrixOf(flat ? [shape.reduce((a, b) => a * b, 1)] : shape);
  const signature = write
    ? `fn store_${name}(row: u32, col: u32, value: vec4f)`
    : `fn load_${name}(row: u32, col: u32) -> vec4f`;
  const declared = (element: Element, body: string) => `${type(element)}\n${signature} { ${body} }`;
  if (place === "texture") {
    const body = write
      ? `textureStore(${name}, vec2u(col, row), ${storedTexel(format, "value")});`
      : `return textureLoad(${name}, vec2u(col, row));`;
    return declared("vec4f", body);
  }
  if (channels % 4 === 0 || rows * width === 1) {
    const at = `${name}[row * ${cols}u + col]`;
    if (write) return declared("vec4f", `${at} = ${stored("vec4f", format, "value")};`);
    const value = loaded("vec4f", format, at);
    // Behind a vector's last value lie numbers of whoever used the memory before.
    const real = `vec4u(col * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(${channels}u)`;
    return declared("vec4f", `return ${channels % 4 === 0 ? value : `select(vec4f(), ${value}, ${real})`};`);
  }
  // A pixel's channels end inside a vector: scalar by scalar, zero beyond the last.
  const groups = cols / width;
  const head =
    `let c = (col % ${groups}u) * 4u; let at = (row * ${width}u + col / ${groups}u) * ${channels}u + c;`;
  const lanes = [0, 1, 2, 3].map((i) => {
    const inside = `c + ${i}u < ${channels}u`;
    return write
      ? `if (${inside}) { ${name}[at + ${i}u] = ${stored("f32", format, `value[${i}]`)}; }`
      : `if (${inside}) { value[${i}] = ${loaded("f32", format, `${name}[at + ${i}u]`)}; }`;
  }).join(" ");
  return declared("f32", write ? `${head} ${lanes}` : `${head} var value = vec4f(); ${lanes} return value;`);
}

function typeOf(name: string, { place, format }: Held, write: boolean, element: Element): string {
  if (place === "texture") {
    return ` ${name}: texture_storage_2d<${texelFormat(format)}, ${write ? "write" : "read"}>;`;
  }
  return `<storage, ${write ? "read_write" : "read"}> ${name}: array<${storedType(element, format)}>;`;
}
