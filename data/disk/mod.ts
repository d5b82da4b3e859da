/**
 * Files that are written whole, and the folders that they go to.
 *
 * @module
 */
export {
  exists,
  explain,
  isFull,
  isTemporary,
  prepareFile,
  probe,
  removeEmpty,
  removeTemporary,
  UnwrittenError,
  writeWhole,
} from "./whole_file.ts";
