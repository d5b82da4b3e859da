// The part of @std/html that the report uses.
export declare function escape(text: string): string;
