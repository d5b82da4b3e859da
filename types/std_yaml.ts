// `@std/yaml` from the npm registry. Where JSR can be reached, map the name to `jsr:@std/yaml` instead.
// @ts-types="./std_yaml.d.ts"
export * from "deno-std/yaml/mod.js";
