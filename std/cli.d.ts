// The part of @std/cli that the command line uses.
export declare function parseArgs(
  args: string[],
  options?: { unknown?: (arg: string, key?: string, value?: unknown) => unknown },
): Record<string, unknown>;
