import { ByteReader } from "./byte_reader.ts";

/** Makes the value of a Python call from its arguments. */
export type Factory = (...args: unknown[]) => unknown;

/** An object of a factory that takes what Python's `__setstate__` or `__dict__` would (the BUILD opcode). */
export interface Stateful {
  /** Takes the state; throws when it does not fit. */
  setState(state: unknown): void;
}

/** What {@linkcode unpickle} may do beyond plain data. */
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

/** The stack, marks and memo that the opcodes work on; every step checks what it finds. */
export class Machine {
  readonly reader: ByteReader;
  readonly memo = new Map<number | bigint, unknown>();
  readonly #options: UnpickleOptions;
  readonly #stack: unknown[] = [];
  /** Heights of the stack at each open MARK. */
  readonly #marks: number[] = [];

  constructor(bytes: Uint8Array, options: UnpickleOptions) {
    this.reader = new ByteReader(bytes);
    this.#options = options;
  }

  push(value: unknown): void {
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
    this.#marks.push(this.#stack.length);
  }

  /** Takes everything above the last mark off the stack. */
  popMark(): unknown[] {
    const height = this.#marks.pop();
    if (height === undefined) throw this.damaged("a mark on the stack", "none");
    return this.#stack.splice(height);
  }

  /** POP takes off a value or, where there is none above it, the mark. */
  drop(): void {
    if (this.#marks.length > 0 && this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  recall(key: number | bigint): void {
    if (!this.memo.has(key)) throw this.damaged("a memo that was stored before", `number ${key}`);
    this.push(this.memo.get(key));
  }

  global(module: unknown, name: unknown): Global {
    const { globals } = this.#options;
    const full = `${module}.${name}`;
    if (Object.hasOwn(globals, full)) return new Global(full, globals[full]);
    const allowed = Object.keys(globals);
    throw new ForbiddenGlobalError(
      `Cannot read the pickle: it takes ${
        allowed.length ? allowed.join(", ") : "plain data without globals"
      }, ` +
        `current global is ${full}: a pickle can name any code of Python, so every other name is refused`,
      full,
    );
  }

  call(callee: unknown, args: unknown): unknown {
    if (!(callee instanceof Global)) throw this.damaged("a global to call", describe(callee));
    if (!Array.isArray(args)) throw this.damaged("a tuple of arguments", describe(args));
    return callee.call(...args);
  }

  persistent(id: unknown): unknown {
    if (this.#options.persistentLoad) return this.#options.persistentLoad(id);
    throw this.damaged("plain data without persistent ids", `id ${String(id)}`);
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
    stateful.setState(state);
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
  if (value === null || typeof value !== "object") return String(value);
  return value.constructor?.name ?? "an object";
}
