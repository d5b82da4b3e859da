import { fileURLToPath } from "node:url";

/** Folder in the repository for what was fetched once; safe to delete. */
export const cacheFolder: string = fileURLToPath(new URL("../../.cache", import.meta.url));
