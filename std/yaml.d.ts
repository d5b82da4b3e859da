// The part of @std/yaml that configs use.
export declare function parse(text: string): unknown;
export declare function stringify(value: unknown, options?: { lineWidth?: number; indent?: number }): string;
