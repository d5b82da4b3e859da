// The part of @std/html that the report uses; the npm republication carries no types.
export declare function escape(text: string): string;
