/**
 * JSON of other programs, with a bound on its nesting.
 *
 * @module
 */
export { duplicateKey, parseJson } from "./parse_json.ts";
