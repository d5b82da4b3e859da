import type { Machine } from "./pickle_machine.ts";
import {
  latin1,
  parseFloatText,
  parseInteger,
  parseQuoted,
  parseRawUnicode,
  python2String,
  twosComplement,
} from "./python_text.ts";

/** The opcode that ends a pickle; the caller handles it. */
export const STOP = 0x2e;

type Opcode = (m: Machine) => void;
const text = (m: Machine): string => latin1(m.reader.line());
const unicode = (m: Machine): string => new TextDecoder().decode(m.reader.line());

/** The opcodes by their byte, with the names and in the order of Python's pickletools. */
export const opcodes: Readonly<Record<number, Opcode>> = {
  // Protocol 0: text, a line an argument
  [ascii("(")]: (m) => m.mark(), // MARK
  [ascii("0")]: (m) => m.drop(), // POP
  [ascii("1")]: (m) => void m.popMark(), // POP_MARK
  [ascii("2")]: (m) => m.push(m.top()), // DUP
  [ascii("F")]: (m) => m.push(parseFloatText(text(m))), // FLOAT
  [ascii("I")]: (m) => m.push(parseIntOrBool(text(m))), // INT
  [ascii("L")]: (m) => m.push(parseInteger(text(m))), // LONG
  [ascii("N")]: (m) => m.push(null), // NONE
  [ascii("S")]: (m) => m.push(python2String(parseQuoted(m.reader.line()))), // STRING
  [ascii("V")]: (m) => m.push(parseRawUnicode(m.reader.line())), // UNICODE
  [ascii("P")]: (m) => m.push(m.persistent(text(m))), // PERSID
  [ascii("a")]: (m) => { // APPEND
    const value = m.pop();
    m.append(m.top(), [value]);
  },
  [ascii("b")]: (m) => { // BUILD
    const state = m.pop();
    m.build(m.top(), state);
  },
  [ascii("c")]: (m) => m.push(m.global(unicode(m), unicode(m))), // GLOBAL
  [ascii("d")]: (m) => { // DICT
    const items = m.popMark();
    const dict = new Map();
    m.setItems(dict, items);
    m.pushObject(dict);
  },
  [ascii("g")]: (m) => m.recall(parseInteger(text(m))), // GET
  [ascii("i")]: (m) => { // INST
    const callee = m.global(unicode(m), unicode(m));
    m.push(m.call(callee, m.popMark()));
  },
  [ascii("l")]: (m) => m.push(m.popMark()), // LIST
  [ascii("o")]: (m) => { // OBJ
    const [callee, ...args] = m.popMark();
    m.push(m.call(callee, args));
  },
  [ascii("p")]: (m) => m.remember(parseInteger(text(m))), // PUT
  [ascii("R")]: (m) => { // REDUCE
    const args = m.pop();
    m.push(m.call(m.pop(), args));
  },
  [ascii("s")]: (m) => { // SETITEM
    const value = m.pop();
    const key = m.pop();
    m.setItems(m.top(), [key, value]);
  },
  [ascii("t")]: (m) => m.push(m.popMark()), // TUPLE

  // Protocol 1: the same in binary
  [ascii(")")]: (m) => m.pushList(), // EMPTY_TUPLE
  [ascii("]")]: (m) => m.pushList(), // EMPTY_LIST
  [ascii("}")]: (m) => m.pushObject(new Map()), // EMPTY_DICT
  [ascii("G")]: (m) => m.push(m.reader.f64BigEndian()), // BINFLOAT
  [ascii("J")]: (m) => m.push(m.reader.i32()), // BININT
  [ascii("K")]: (m) => m.push(m.reader.u8()), // BININT1
  [ascii("M")]: (m) => m.push(m.reader.u16()), // BININT2
  [ascii("Q")]: (m) => m.push(m.persistent(m.pop())), // BINPERSID
  [ascii("T")]: (m) => m.push(python2String(m.reader.take(m.reader.u32()))), // BINSTRING
  [ascii("U")]: (m) => m.push(python2String(m.reader.take(m.reader.u8()))), // SHORT_BINSTRING
  [ascii("X")]: (m) => m.push(m.reader.utf8(m.reader.u32())), // BINUNICODE
  [ascii("e")]: (m) => { // APPENDS
    const values = m.popMark();
    m.append(m.top(), values);
  },
  [ascii("h")]: (m) => m.recall(m.reader.u8()), // BINGET
  [ascii("j")]: (m) => m.recall(m.reader.u32()), // LONG_BINGET
  [ascii("q")]: (m) => m.remember(m.reader.u8()), // BINPUT
  [ascii("r")]: (m) => m.remember(m.reader.u32()), // LONG_BINPUT
  [ascii("u")]: (m) => { // SETITEMS
    const items = m.popMark();
    m.setItems(m.top(), items);
  },

  // Protocol 2
  0x80: (m) => void m.reader.u8(), // PROTO
  0x81: (m) => { // NEWOBJ
    const args = m.pop();
    m.push(m.call(m.pop(), args));
  },
  0x85: (m) => m.pushList(m.pop()), // TUPLE1
  0x86: (m) => m.pushList(...[m.pop(), m.pop()].reverse()), // TUPLE2
  0x87: (m) => m.pushList(...[m.pop(), m.pop(), m.pop()].reverse()), // TUPLE3
  0x88: (m) => m.push(true), // NEWTRUE
  0x89: (m) => m.push(false), // NEWFALSE
  0x8a: (m) => m.push(twosComplement(m.reader.take(m.reader.u8()))), // LONG1
  0x8b: (m) => m.push(twosComplement(m.reader.take(m.reader.u32()))), // LONG4

  // Protocol 3
  [ascii("B")]: (m) => m.push(m.reader.take(m.reader.u32())), // BINBYTES
  [ascii("C")]: (m) => m.push(m.reader.take(m.reader.u8())), // SHORT_BINBYTES

  // Protocol 4
  0x8c: (m) => m.push(m.reader.utf8(m.reader.u8())), // SHORT_BINUNICODE
  0x8d: (m) => m.push(m.reader.utf8(m.reader.u64())), // BINUNICODE8
  0x8e: (m) => m.push(m.reader.take(m.reader.u64())), // BINBYTES8
  0x8f: (m) => m.pushObject(new Set()), // EMPTY_SET
  0x90: (m) => { // ADDITEMS
    const items = m.popMark();
    m.addItems(m.top(), items);
  },
  0x91: (m) => m.pushObject(new Set(m.popMark())), // FROZENSET
  0x93: (m) => { // STACK_GLOBAL
    const name = m.pop();
    m.push(m.global(m.pop(), name));
  },
  0x94: (m) => m.remember(), // MEMOIZE
  0x95: (m) => void m.reader.u64(), // FRAME: a hint for streams

  // Protocol 5
  0x96: (m) => m.push(m.reader.take(m.reader.u64())), // BYTEARRAY8
};

function ascii(character: string): number {
  return character.charCodeAt(0);
}

function parseIntOrBool(line: string): number | bigint | boolean {
  return line === "01" ? true : line === "00" ? false : parseInteger(line);
}
