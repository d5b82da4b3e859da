import { type BoundOperand, type SizeField, vectorCode } from "./operand_code.ts";

export type { BoundOperand, SizeField };

interface Expansion {
  operands: ReadonlyMap<string, BoundOperand>;
  includes: Readonly<Record<string, string>>;
  /** Names in the order of their bindings. */
  names: string[];
  /** Lengths of operands that are a row of any length. */
  lengths: SizeField[];
  /** Built-in values of the entry point, and the variables that they are kept in. */
  builtins: { name: string; value: string }[];
}

/** WGSL of a shader, and what it binds. */
interface Expanded {
  wgsl: string;
  /** Names of the operands; binding n is the n-th. */
  names: string[];
  /** Numbers in the order of the uniform buffer behind the operands, as the next binding; empty without one. */
  sizes: SizeField[];
}

/**
 * Expands the directives of a shader to plain WGSL.
 *
 *     //#vec4 x              binds the operand x and defines load_x(row, col) -> vec4f over its matrix view, with
 *                            zeros beyond the last channel; load_x(layer, row, col) where it is layered
 *     //#vec4 y write        the same with store_y(row, col, value); where an operand y_mask is bound too, it stores zero
 *                            in the places in which y_mask is not above zero
 *     //#dense label u32     binds the operand label as array<u32>, read-only; `update` makes it read-write
 *     //#table entries       binds the kernel's table entries as a uniform array<vec4u>
 *     //#for i TAPS … //#end     repeats the lines with $i = 0, 1, …; $(i * 4 + TAPS) is computed
 *     //#if RELU … //#end        keeps the lines when the define is not 0
 *     //#if RELU … //#else … //#end      keeps the first lines when it is not 0, the others when it is
 *     //#include rows            puts in shared WGSL
 *     //#builtin within subgroup_invocation_id   declares a u32 that has this built-in value of the entry point everywhere
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
  const context: Expansion = { operands, includes, names: [], lengths: [], builtins: [] };
  const lines = expandLines(code.split("\n"), context, defines);
  const wgsl = withBuiltins(lines.join("\n"), context);
  const hasF16 = context.names.some((name) => operands.get(name)!.format === "f16");
  const sized = withSizes(wgsl, sizes, context);
  return { ...sized, wgsl: hasF16 ? `enable f16;\n${sized.wgsl}` : sized.wgsl, names: context.names };
}

/** The shader with an entry point that is given the built-in values and keeps them where all functions read them. */
function withBuiltins(wgsl: string, { builtins }: Expansion): string {
  const given = builtins.map(({ name, value }) => `@builtin(${value}) given_${name}: u32, `).join("");
  const kept = builtins.map(({ name }) => ` ${name} = given_${name};`).join("");
  return wgsl.replace(/\bfn main\(([^{]*\{)/, `fn main(${given}$1${kept}`);
}

/** The shader with these `override` constants, and the lengths of operands, in a uniform buffer behind the operands. */
function withSizes(
  wgsl: string,
  wanted: readonly string[],
  { names: { length: binding }, lengths }: Expansion,
): Omit<Expanded, "names"> {
  const found: SizeField[] = [];
  const rest = wgsl.replace(/^override (\w+): (u32|i32|f32);/gm, (line, name, type) => {
    if (!wanted.includes(name)) return line;
    found.push({ name, type });
    return "";
  });
  const missing = wanted.find((name) => !found.some((size) => size.name === name));
  if (missing) {
    throw new SyntaxError(`Cannot expand the shader: it has no override ${missing} of a known type`);
  }
  const sizes = [...found, ...lengths];
  if (sizes.length === 0) return { wgsl, sizes };
  const fields = sizes.map(({ name, type }) => `${name}: ${type}`).join(", ");
  const declared = `struct Sizes { ${fields} }\n@group(0) @binding(${binding}) var<uniform> sizes: Sizes;`;
  const names = new RegExp(`\\b(${wanted.join("|") || "(?!)"})\\b`, "g");
  const [, before = rest, head = "", body = ""] = rest.match(/^([^]*?)(\bfn main\([^{]*\{)([^]*)$/) ?? [];
  // The entry point reads each number once: software adapters would read it again in every round of a loop.
  const used = wanted.filter((name) => new RegExp(`\\b${name}\\b`).test(body));
  const read = used.map((name) => ` let given_${name} = sizes.${name};`).join("");
  const replaced = `${before.replace(names, "sizes.$1")}${head}${read}${body.replace(names, "given_$1")}`;
  return { wgsl: `${declared}\n${replaced}`, sizes };
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
    } else if (word === "vec4") out.push(...vectorOperands(words[0], words[1] === "write", context));
    else if (word === "dense") out.push(denseOperand(words[0], words[1], words[2] === "update", context));
    else if (word === "builtin") {
      const [name, value] = words;
      context.builtins.push({ name, value });
      out.push(`var<private> ${name}: u32;`);
    } else if (word === "table") out.push(tableOperand(words[0], context));
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

/** Declares an operand, and the mask of what is written to it where one is bound. */
function vectorOperands(name: string, write: boolean, context: Expansion): string[] {
  const mask = `${name}_mask`;
  if (!write || !context.operands.has(mask)) return [vectorOperand(name, write, context)];
  const kept = `select(vec4f(), value, load_${mask}(row, col) > vec4f())`;
  return [
    vectorOperand(name, write, context, `store_all_of_${name}`),
    vectorOperand(mask, false, context),
    `fn store_${name}(row: u32, col: u32, value: vec4f) { store_all_of_${name}(row, col, ${kept}); }`,
  ];
}

/** Declares an operand and its accessor. */
function vectorOperand(name: string, write: boolean, context: Expansion, called?: string): string {
  const { operand, binding } = operandOf(name, context);
  const { type, accessor, length } = vectorCode(name, operand, write, called);
  if (length) context.lengths.push(length);
  return `${binding}${type}\n${accessor}`;
}
