// The part of @std/text that the error messages use.
export declare function levenshteinDistance(a: string, b: string): number;
