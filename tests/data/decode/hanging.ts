// Decodes an image at which the library's decoder does not end, and another one beside it; hang_test.ts runs it.
import sharp from "sharp";
import { decodeImage, withinTime } from "../../../data/decode/mod.ts";
import fixture from "../../fixtures/data/decode.json" with { type: "json" };
import { tiff } from "./formats/tiff_file.ts";

const hanging = () =>
  sharp(tiff(8, [3, 2], [185, 205, 36]), { ignoreIcc: true }).removeAlpha().raw().toBuffer();

// More of them than a pool of threads would have.
const given = await Promise.allSettled(Array.from({ length: 6 }, () => withinTime(hanging(), "bytes", 0.5)));
for (const result of given) console.log(result.status === "rejected" ? result.reason.message : "came");
const { width } = await decodeImage(Uint8Array.fromBase64(fixture.cases[0].file), {
  shorter: null,
  maxPixels: 1000,
});
console.log(`${width} columns`);
if (Deno.args[0] === "wait") await hanging();
Deno.exit(7); // as the command line does
