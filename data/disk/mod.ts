/**
 * Files that are written whole, and the folders that they go to.
 *
 * @module
 */
export {
  exists,
  explain,
  prepareFile,
  probe,
  removeEmpty,
  removeTemporary,
  writeWhole,
} from "./whole_file.ts";
