import { fileURLToPath } from "node:url";

/** Folder in the repository for fetched and computed files; safe to delete. */
export const cacheFolder: string = fileURLToPath(new URL("../../.cache", import.meta.url));
