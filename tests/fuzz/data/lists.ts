// Lists of images and labels: lines, tables, annotations.
import { join } from "node:path";
import { MissingDataError } from "../../../data/mod.ts";
import { Faults } from "../../../data/base/faults.ts";
import { readList } from "../../../data/sources/read_list.ts";
import type { Draw } from "../draw.ts";
import type { Format } from "../format.ts";
import { JSON_WORDS } from "../formats/safetensors.ts";

const FILES = ["a/1.jpg", "a/2.jpg", "b/x y.png", "b/ü.png"];

/** A format of lists, whose images are there. @param ending Of the list's file. */
async function listFormat(
  folder: string,
  ending: string,
  words: readonly string[],
  textOf: (draw: Draw, rows: readonly (readonly [file: string, label: number])[]) => string,
): Promise<Format> {
  for (const name of ["a", "b"]) await Deno.mkdir(join(folder, name), { recursive: true });
  for (const file of FILES) await Deno.writeFile(join(folder, file), new Uint8Array());
  const path = join(folder, `list.${ending}`);
  return {
    few: 400,
    many: 100_000,
    errors: [SyntaxError, RangeError, MissingDataError],
    words,
    path,
    make(draw) {
      const rows = FILES.map((file) => [file, draw.below(3)] as const);
      const texts = rows.map(([, label]) => String(label));
      return {
        bytes: new TextEncoder().encode(textOf(draw, rows)),
        value: { paths: FILES, texts: ending === "txt" ? texts.map(Number) : texts },
      };
    },
    async read(bytes) {
      await Deno.writeFile(path, bytes);
      const { paths, texts, images, faults } = await readList(path, folder, {});
      Faults.throwAny(faults);
      return { paths: [...paths], texts: texts?.texts ?? [...images.labels] };
    },
    // Whatever was changed, the images are among those that are there, each with a label that the text has.
    agrees(value, bytes) {
      const { paths, texts } = value as { paths: string[]; texts: (string | number)[] };
      const written = new TextDecoder().decode(bytes);
      const text = written + written.replaceAll('""', '"'); // a quote within a cell of a table is written twice
      if (!paths.every((path) => FILES.includes(path))) return `other images: ${paths}`;
      const has = (label: string | number) => ending === "json" || text.includes(String(label));
      return texts.length === paths.length && texts.every(has) ? null : `other labels: ${texts}`;
    },
  };
}

/** Lines of a path and a number. */
export const lines = (folder: string) =>
  listFormat(
    folder,
    "txt",
    [
      " ",
      "\t",
      "\r",
      "\n",
      " 1\n",
      "../",
      "/",
      "\0",
      "-1",
      "2147483648",
      "1e3",
      "\uFEFF",
      "a/1.jpg 0\n",
      "x ",
      "#",
    ],
    (draw, rows) => rows.map(([file, label]) => `${file} ${label}${draw.pick(["\n", "\r\n"])}`).join(""),
  );

/** Tables with a header. */
export const tables = (folder: string) =>
  listFormat(
    folder,
    "csv",
    [
      ",",
      '"',
      '""',
      "\n",
      "\r\n",
      ";",
      "\t",
      " ",
      "filename",
      "label",
      "\uFEFF",
      "a/1.jpg,0\n",
      "../",
      ",,",
      '","',
      "\0",
    ],
    (_, rows) => "filename,label\n" + rows.map(([file, label]) => `${file},${label}\n`).join(""),
  );

/** Annotations as COCO has them. */
export const annotations = (folder: string) =>
  listFormat(
    folder,
    "json",
    [
      ...JSON_WORDS,
      ...[
        '"images":',
        '"annotations":',
        '"categories":',
        '"id":',
        '"file_name":"a/1.jpg",',
        '"image_id":[[1]],',
        '{"id":1},',
      ],
    ],
    (_, rows) =>
      JSON.stringify({
        images: rows.map(([file_name], id) => ({ id, file_name })),
        annotations: rows.map(([, category_id], image_id) => ({ image_id, category_id })),
      }),
  );
