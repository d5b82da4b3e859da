// The part of @std/text that the error messages use; the npm republication carries no types.
export declare function levenshteinDistance(a: string, b: string): number;
