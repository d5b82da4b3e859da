import { parse } from "@babel/parser";
import type { Mutant } from "./mutant.ts";
import { FLIPS, MINIMA, plusOne } from "./flips.ts";

/** A node of the syntax tree, as this file walks it. */
interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

/** Nodes whose inside is an expression beside a type. */
const WITH_TYPE = new Set(["TSAsExpression", "TSNonNullExpression", "TSSatisfiesExpression"]);

/**
 * The mutants of a TypeScript file: each flips one operator, counts one number up, swaps a minimum and a maximum, or takes
 * away one `!` or minus. Types, imports, texts and what is said in errors stay as they are.
 */
export function mutantsOfTypescript(file: string, text: string): Mutant[] {
  const found: Mutant[] = [];
  const add = (from: number, to: number, now: string) => found.push({ file, at: [from, to], to: now });
  visit(parse(text, { sourceType: "module", plugins: ["typescript"] }).program as unknown as Node, text, add);
  return found;
}

type Add = (from: number, to: number, now: string) => void;

function visit(node: Node, text: string, add: Add): void {
  if (WITH_TYPE.has(node.type)) return visit(node.expression as Node, text, add);
  if (node.type.startsWith("TS") || node.type === "ImportDeclaration" || isError(node)) return;
  mutate(node, text, add);
  for (const [key, value] of Object.entries(node)) {
    if (key === "key" && node.computed !== true) continue; // a number as the name of a property
    // A loop that counts the other way has no end.
    if (key === "update" && node.type === "ForStatement") continue;
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, text, add);
  }
}

function mutate(node: Node, text: string, add: Add): void {
  const { type, start, end } = node;
  const operator = node.operator as string;
  if (type === "BinaryExpression" || type === "LogicalExpression" || type === "AssignmentExpression") {
    if (operator in FLIPS && !(operator === "+" && isText(node))) {
      const from = operatorAt(text, node);
      add(from, from + operator.length, FLIPS[operator]);
    }
  } else if (type === "UnaryExpression" && (operator === "!" || operator === "-")) {
    add(start, start + 1, "");
  } else if (type === "UpdateExpression") {
    const from = node.prefix ? start : end - 2;
    add(from, from + 2, operator === "++" ? "--" : "++");
  } else if (type === "NumericLiteral") {
    add(start, end, plusOne(text.slice(start, end)));
  } else if (type === "MemberExpression" && text.slice(start, end) in MINIMA) {
    add(start, end, MINIMA[text.slice(start, end)]);
  }
}

/** The place of an operator between its two sides, past comments and brackets. */
function operatorAt(text: string, node: Node): number {
  const [left, right] = [(node.left as Node).end, (node.right as Node).start];
  const between = text.slice(left, right).replace(
    /\/\*[^]*?\*\/|\/\/.*/g,
    (comment) => " ".repeat(comment.length),
  );
  return left + between.indexOf(node.operator as string);
}

/** True for a sum of texts. */
function isText(node: Node): boolean {
  if (node.type === "StringLiteral" || node.type === "TemplateLiteral") return true;
  return node.type === "BinaryExpression" && [node.left, node.right].some((side) => isText(side as Node));
}

/** True for the making of an error: what it says is for people. */
function isError({ type, callee }: Node): boolean {
  return type === "NewExpression" && /Error$/.test(String((callee as Node).name));
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}
