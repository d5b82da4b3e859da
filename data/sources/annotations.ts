// Annotations as COCO and iNaturalist publish them: JSON of images, categories and which of these each image shows.
import { parseJson } from "../../formats/json/mod.ts";
import { plural } from "../base/count.ts";
import type { Faults } from "../base/faults.ts";
import type { TextList } from "./label_table.ts";
import { type ListPaths, placePath } from "./list_file.ts";

type Id = number | string;
type Item = Record<string, unknown>;

/**
 * The images of a file of annotations, for classification: each image shows one category, however often.
 *
 * @param faults Gets what is wrong: other JSON, images of several categories, ids that lead nowhere.
 * @param tell Hears of images that are left out, since nothing says what they show.
 */
export function parseAnnotations(
  text: string,
  options: ListPaths,
  faults: Faults,
  tell: (message: string) => void,
): TextList {
  const none: TextList = { paths: [], texts: [], places: [], order: null };
  const [images, annotations, categories] = partsOf(text, faults);
  if (images === null || annotations === null) return none;
  const named = namesOf(categories ?? [], annotations);
  const shown = new Map<Id, Id>();
  const wrong = {
    several: [] as string[],
    unknown: [] as string[],
    file: [] as string[],
    prefix: [] as string[],
    out: [] as string[],
  };
  for (const { image_id, category_id } of annotations) {
    const [image, category] = [image_id as Id, category_id as Id];
    const earlier = shown.get(image);
    if (!named.has(category)) wrong.unknown.push(`category ${category} of image ${image}`);
    else if (earlier === undefined) shown.set(image, category);
    else if (earlier !== category) {
      wrong.several.push(`image ${image} has ${named.get(earlier)} and ${named.get(category)}`);
    }
  }
  const list: TextList = { ...none, order: [...named.values()] };
  const known = new Set<Id>();
  for (const { id, file_name } of images) {
    known.add(id as Id);
    const category = shown.get(id as Id);
    if (category === undefined) continue;
    const place = `image ${id}`;
    const path = typeof file_name === "string" ? placePath(file_name, options) : "file";
    if (typeof path === "string") {
      wrong[path].push(`${place} has ${JSON.stringify(file_name)?.slice(0, 100)}`);
    } else {
      list.paths.push(path.path);
      list.texts.push(named.get(category)!);
      list.places.push(place);
    }
  }
  const without = images.length - shown.size;
  for (const image of shown.keys()) if (!known.has(image)) wrong.unknown.push(`image ${image}`);
  faults.addAll(RangeError, "one category for an image", wrong.several);
  faults.addAll(RangeError, "ids of images and categories that are listed", wrong.unknown);
  faults.addAll(SyntaxError, "images with a file_name", wrong.file);
  faults.addAll(
    RangeError,
    `paths that begin with ${JSON.stringify(options.strip)}, as strip says`,
    wrong.prefix,
  );
  faults.addAll(RangeError, "paths below the folder of the images, relative and without ..", wrong.out);
  if (faults.count === 0 && list.paths.length === 0) {
    faults.add(SyntaxError, "it takes annotations of images, current file has none");
  }
  if (faults.count === 0 && without > 0) {
    tell(
      `Left out ${without.toLocaleString("en")} of ${plural(images.length, "image")} without annotations`,
    );
  }
  return list;
}

/** The three lists; null, and a fault, where there is none of them. */
function partsOf(text: string, faults: Faults): (Item[] | null)[] {
  let tree: unknown;
  try {
    tree = parseJson(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    faults.add(SyntaxError, `it takes JSON, current text is none: ${(error as Error).message}`);
    return [null, null, null];
  }
  const list = (key: string): Item[] | null => {
    const value = (tree as Item | null)?.[key];
    return Array.isArray(value) && value.every((item) => typeof item === "object" && item !== null)
      ? value
      : null;
  };
  const [images, annotations, categories] = ["images", "annotations", "categories"].map(list);
  if (images === null || annotations === null) {
    faults.add(
      SyntaxError,
      "it takes JSON with images and annotations, as COCO and iNaturalist have it, current file has " +
        `${images === null ? "no images" : "no annotations, so that nothing says what the images show"}`,
    );
  }
  return [images, annotations, categories];
}

/** The name of each category by its id, in the order of the ids; names that come twice have their id behind them. */
function namesOf(categories: readonly Item[], annotations: readonly Item[]): Map<Id, string> {
  const listed = categories.length > 0
    ? categories.map(({ id, name }) =>
      [id as Id, typeof name === "string" && name !== "" ? name : String(id)] as const
    )
    : [...new Set(annotations.map(({ category_id }) => category_id as Id))].map((id) =>
      [id, String(id)] as const
    );
  const times = new Map<string, number>();
  for (const [, name] of listed) times.set(name, (times.get(name) ?? 0) + 1);
  return new Map(
    listed.toSorted(([a], [b]) =>
      typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1
    )
      .map(([id, name]) => [id, times.get(name)! > 1 ? `${name} (${id})` : name]),
  );
}
