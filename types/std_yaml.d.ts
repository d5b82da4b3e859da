// The part of @std/yaml that configs use; the npm republication carries no types.
export declare function parse(text: string): unknown;
export declare function stringify(value: unknown, options?: { lineWidth?: number; indent?: number }): string;
