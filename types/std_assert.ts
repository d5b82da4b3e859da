// `@std/assert` from the npm registry. Where JSR can be reached, map the name to `jsr:@std/assert` instead.
// @ts-types="./std_assert.d.ts"
export * from "deno-std/assert/mod.js";
