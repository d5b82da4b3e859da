// `@std/cli` from the npm registry. Where JSR can be reached, map the name to `jsr:@std/cli` instead.
// @ts-types="./std_cli.d.ts"
export * from "deno-std/cli/parse_args.js";
