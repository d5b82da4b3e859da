import { ByteReader } from "./byte_reader.ts";
import { shown } from "./shown.ts";

/** Makes the value of a Python call from its arguments. */
export type Factory = (...args: unknown[]) => unknown;

/** An object of a factory that takes what Python's `__setstate__` or `__dict__` would (the BUILD opcode). */
export interface Stateful {
  /** Takes the state; throws when it does not fit. */
  setState(state: unknown): void;
}

/** Options of {@linkcode unpickle}: what a pickle may make beyond plain data. */
export interface UnpickleOptions {
  /** Allow-list: `module.name` to the factory that stands for it. Every other global is refused. */
  globals: Readonly<Record<string, Factory>>;
  /** Resolves a persistent id, as torch uses for its storages. Without it persistent ids are refused. */
  persistentLoad?: (id: unknown) => unknown;
}

/** A class or function that a pickle names, found in the allow-list. */
export class Global {
  /** `module.name`. */
  readonly name: string;
  /** The factory from the allow-list. */
  readonly call: Factory;

  /** Only {@linkcode unpickle} makes these. */
  constructor(name: string, call: Factory) {
    this.name = name;
    this.call = call;
  }
}

/** A pickle names a class or function that is not in the allow-list. */
export class ForbiddenGlobalError extends SyntaxError {
  /** `ForbiddenGlobalError`, as `Error` prints it. */
  override readonly name = "ForbiddenGlobalError";
  /** `module.name` as the pickle has it. */
  readonly global: string;

  /** Only {@linkcode unpickle} throws these. */
  constructor(message: string, global: string) {
    super(message);
    this.global = global;
  }
}

/** Steps allowed for each byte read, and some at the start: an honest pickle takes fewer than four steps a byte. */
const [STEPS, FIRST_STEPS] = [16, 2 ** 20];
/** Steps that making an object counts as, so that a pickle cannot make an object with every byte. */
const OBJECT = 32;
/** Memory that values may take: so many times the bytes read, and so many more for a file of any length. */
const [TIMES, ROOM] = [8, 32 * 2 ** 20];
/** Bytes of a dict or set, of a list, of an entry of either, and of an entry of the memo. */
const [DICT, LIST, ENTRY, MEMO] = [192, 48, 16, 48];
/** Most arguments of a call: known functions take five, and too many would overflow the stack of the program. */
const MOST_ARGUMENTS = 100;

/** The stack, marks and memo that the opcodes work on; every step checks what it finds. */
export class Machine {
  readonly reader: ByteReader;
  readonly #memo = new Map<number | bigint, unknown>();
  readonly #options: UnpickleOptions;
  readonly #stack: unknown[] = [];
  /** Heights of the stack at each open MARK. */
  readonly #marks: number[] = [];
  #steps = 0;
  #held = 0;

  constructor(bytes: Uint8Array, options: UnpickleOptions) {
    this.reader = new ByteReader(bytes);
    this.#options = options;
  }

  push(value: unknown): void {
    this.#hold(ENTRY);
    this.#stack.push(value);
  }

  pop(): unknown {
    const value = this.top();
    this.#stack.length--;
    return value;
  }

  top(): unknown {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.damaged("a value on the stack", "none");
    return this.#stack.at(-1);
  }

  mark(): void {
    this.#hold(ENTRY);
    this.#marks.push(this.#stack.length);
  }

  /** Takes everything above the last mark off the stack. */
  popMark(): unknown[] {
    const height = this.#marks.pop();
    if (height === undefined) throw this.damaged("a mark on the stack", "none");
    this.#hold(LIST);
    return this.#stack.splice(height);
  }

  /** POP: removes a value or, where no value is above the last mark, the mark. */
  drop(): void {
    if (this.#marks.length > 0 && this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  /** Keeps the top of the stack under a number; by default the next. */
  remember(key: number | bigint = this.#memo.size): void {
    this.#hold(MEMO);
    this.#memo.set(key, this.top());
  }

  recall(key: number | bigint): void {
    if (!this.#memo.has(key)) throw this.damaged("a memo that was stored before", `number ${key}`);
    this.push(this.#memo.get(key));
  }

  /** Puts an object of its own on the stack. */
  pushObject(value: Map<unknown, unknown> | Set<unknown>): void {
    this.#spend(OBJECT);
    this.#hold(DICT);
    this.push(value);
  }

  global(module: unknown, name: unknown): Global {
    if (typeof module !== "string" || typeof name !== "string") {
      throw this.damaged("two texts that name a global", `${shown(module)} and ${shown(name)}`);
    }
    const { globals } = this.#options;
    const full = `${module}.${name}`;
    if (Object.hasOwn(globals, full)) return new Global(full, globals[full]);
    const allowed = Object.keys(globals);
    throw new ForbiddenGlobalError(
      `Cannot read the pickle: it takes ${
        allowed.length ? allowed.join(", ") : "plain data without globals"
      }, ` +
        `current global is ${
          full.slice(0, 200)
        }: a pickle can name any code of Python, so every other name is refused`,
      full,
    );
  }

  call(callee: unknown, args: unknown): unknown {
    if (!(callee instanceof Global)) throw this.damaged("a global to call", describe(callee));
    if (!Array.isArray(args)) throw this.damaged("a tuple of arguments", describe(args));
    this.#spendOn(args);
    if (args.length > MOST_ARGUMENTS) {
      throw this.damaged(`up to ${MOST_ARGUMENTS} arguments`, String(args.length));
    }
    return callee.call(...args);
  }

  persistent(id: unknown): unknown {
    this.#spend(OBJECT);
    if (this.#options.persistentLoad) return this.#options.persistentLoad(id);
    throw this.damaged("plain data without persistent ids", `id ${shown(id)}`);
  }

  append(target: unknown, values: unknown[]): void {
    if (!Array.isArray(target)) throw this.damaged("a list to append to", describe(target));
    for (const value of values) target.push(value);
  }

  setItems(target: unknown, items: unknown[]): void {
    if (!(target instanceof Map)) throw this.damaged("a dict to fill", describe(target));
    if (items.length % 2) throw this.damaged("as many values as keys", `${items.length} items`);
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  }

  addItems(target: unknown, items: unknown[]): void {
    if (!(target instanceof Set)) throw this.damaged("a set to fill", describe(target));
    for (const item of items) target.add(item);
  }

  build(target: unknown, state: unknown): void {
    const stateful = target as Partial<Stateful> | null | undefined;
    if (typeof stateful?.setState !== "function") {
      throw this.damaged("an object that can take a state", describe(target));
    }
    this.#spendOn(state);
    stateful.setState(state);
  }

  /** Puts a list of its own on the stack. */
  pushList(...values: unknown[]): void {
    this.#hold(LIST);
    this.push(values);
  }

  /** Counts the memory of values, whatever becomes of them. */
  #hold(bytes: number): void {
    this.#held += bytes;
    const most = TIMES * this.reader.offset + ROOM;
    if (this.#held > most) {
      throw this.damaged(
        `values of ${most} bytes at most`,
        "more: hardly anything but empty lists and dicts",
      );
    }
  }

  /**
   * Counts the steps of a call that reads these values once: a short pickle could make it read a long list
   * for ever.
   */
  #spendOn(values: unknown): void {
    this.#spend(OBJECT + entryCount(values));
    if (Array.isArray(values)) { for (const value of values) this.#spend(inside(value)); }
  }

  #spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > STEPS * this.reader.offset + FIRST_STEPS) {
      throw this.damaged(`${STEPS} steps a byte at most`, "more: the same things are made over and over");
    }
  }

  damaged(expected: string, current: string): SyntaxError {
    return new SyntaxError(
      `Cannot read the pickle: it takes ${expected} before offset ${this.reader.offset}, current is ${current}: ` +
        "the file is damaged or holds more than plain data",
    );
  }
}

function describe(value: unknown): string {
  if (value instanceof Global) return value.name;
  return shown(value);
}

/** Entries or letters of a value; 0 for bytes, which are views and are not read. */
function entryCount(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return value instanceof Map || value instanceof Set ? value.size : 0;
}

/** Entries of a value and of the values in it. */
function inside(value: unknown): number {
  let size = entryCount(value);
  if (Array.isArray(value)) { for (const one of value) size += entryCount(one); }
  return size;
}
