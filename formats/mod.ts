/**
 * File formats that both `data` and `engine` read: Python's pickles. Bytes in, plain values out.
 *
 * @module
 */
export * from "./numpy.ts";
export { unpickle } from "./pickle.ts";
export {
  type Factory,
  ForbiddenGlobalError,
  Global,
  type Stateful,
  type UnpickleOptions,
} from "./pickle_machine.ts";
export { toBytes } from "./python_text.ts";
export { asText, shown } from "./shown.ts";
