/**
 * Python's pickles, bytes in and plain values out, and random numbers without a stream; `data` and `engine` use both.
 *
 * @module
 */
export { hash32 } from "./hash32.ts";
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
