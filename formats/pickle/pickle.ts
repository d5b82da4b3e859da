// Python's pickle format, protocols 0 to 5, as a stack machine that can make plain data and nothing else.
//
// A pickle is a program: its GLOBAL and REDUCE opcodes call any function of any module. Here a global is looked up in
// the caller's allow-list and nowhere else, so a file can only reach the factories that the caller wrote for it.
//
// | Python                            | here                                                       |
// |-----------------------------------|------------------------------------------------------------|
// | None, bool, float                 | null, boolean, number                                      |
// | int, long                         | number where it is exact, otherwise bigint                 |
// | str, unicode                      | string                                                     |
// | bytes, bytearray                  | Uint8Array, a view of the file                             |
// | Python 2's str                    | string when it is ASCII, otherwise Uint8Array              |
// | list, tuple                       | Array                                                      |
// | dict / set, frozenset             | Map / Set                                                  |
// | a class or function by its name   | Global; called with arguments, what its factory returns    |
import { Machine, type UnpickleOptions } from "./pickle_machine.ts";
import { opcodes, STOP } from "./pickle_opcodes.ts";

/**
 * Reads one pickle.
 *
 * @returns the value, and the offset of the byte after it: several pickles may follow one another in a file.
 * @throws {SyntaxError} when the bytes are cut short or no pickle, or name a global that is not in the allow-list.
 *
 * @example
 * ```ts
 * import { unpickle } from "everyclass/formats";
 * const bytes = new TextEncoder().encode("(dS'lr'\nF0.05\ns."); // pickle.dumps({"lr": 0.05}, protocol=0)
 * console.log(unpickle(bytes, { globals: {} }).value); // Map { "lr" => 0.05 }
 * ```
 */
export function unpickle(bytes: Uint8Array, options: UnpickleOptions): { value: unknown; end: number } {
  const machine = new Machine(bytes, options);
  for (;;) {
    const at = machine.reader.offset;
    const opcode = machine.reader.u8();
    if (opcode === STOP) return { value: machine.pop(), end: machine.reader.offset };
    const run = opcodes[opcode];
    if (!run) {
      const hex = `0x${opcode.toString(16).padStart(2, "0")}`;
      throw new SyntaxError(
        `Cannot read the pickle: it takes the opcodes of plain data, current byte at offset ${at} is ${hex}: ` +
          (at === 0 ? "this is not a pickle" : "the file is damaged or holds more than plain data"),
      );
    }
    run(machine);
  }
}
