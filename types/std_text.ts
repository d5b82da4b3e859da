// `@std/text` from the npm registry. Where JSR can be reached, map the name to `jsr:@std/text` instead.
// @ts-types="./std_text.d.ts"
export * from "deno-std/text/mod.js";
