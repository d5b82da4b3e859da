// @ts-types="./path.d.ts"
export * from "deno-std/path/glob_to_regexp.js";
