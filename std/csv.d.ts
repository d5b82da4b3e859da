// The part of @std/csv that reads tables of runs.
export declare function parse(text: string): string[][];
