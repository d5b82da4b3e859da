/**
 * Files that are written whole, and the folders that they go to.
 *
 * @module
 */
export {
  exists,
  explain,
  isFull,
  knowTemporaries,
  prepareFile,
  probe,
  removeEmpty,
  removeTemporary,
  temporaryOf,
  UnwrittenError,
  writeWhole,
} from "./whole_file.ts";
