// `@std/html` from the npm registry. Where JSR can be reached, map the name to `jsr:@std/html` instead.
// @ts-types="./std_html.d.ts"
export * from "deno-std/html/mod.js";
