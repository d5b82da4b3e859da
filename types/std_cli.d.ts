// The part of @std/cli that the command line uses; the npm republication carries no types.
export interface ParseOptions {
  string?: readonly string[];
  boolean?: readonly string[];
  collect?: readonly string[];
  default?: Record<string, unknown>;
  alias?: Record<string, string>;
  stopEarly?: boolean;
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}
export type Args = { _: (string | number)[] } & Record<string, unknown>;
export declare function parseArgs(args: readonly string[], options?: ParseOptions): Args;
