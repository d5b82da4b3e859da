import { assert, assertEquals, assertRejects } from "@std/assert";
import { jpegLibrary } from "../../../train/machine/jpeg_library.ts";
import { libraryFiles } from "../../../train/machine/system_library.ts";

Deno.test("the library of a decoder is the one that is named, else the system's", async () => {
  const there = ["/usr/lib64/libturbojpeg.so.0", "/opt/own.so"];
  const find = (decoder: "sharp" | "turbojpeg", named: string | null) =>
    jpegLibrary(decoder, named, (path) => there.includes(path.replaceAll("\\", "/")));
  assertEquals(await find("sharp", null), null);
  assertEquals(await find("turbojpeg", "/opt/own.so"), "/opt/own.so");
  if (Deno.build.os === "linux") assertEquals(await find("turbojpeg", null), "/usr/lib64/libturbojpeg.so.0");
  await assertRejects(() => find("turbojpeg", "/opt/other.so"), Error, "there is no library /opt/other.so");
});

Deno.test("a library that is missing is told with the package that has it, one for sharp is refused", async () => {
  const missing = () => jpegLibrary("turbojpeg", null, () => false);
  await assertRejects(missing, Error, "(Debian: apt-get install libturbojpeg0)");
  const unused = () => jpegLibrary("sharp", "/opt/own.so");
  await assertRejects(unused, RangeError, "takes the decoder turbojpeg, current is sharp");
  const address = () => jpegLibrary("turbojpeg", "https://example.org/libturbojpeg.so");
  await assertRejects(address, SyntaxError, "an address ends in #sha256=");
});

Deno.test("libraries are looked for in the folders of a system, by each name in its turn", () => {
  const files = libraryFiles(["a.dylib", "b.dylib"], "darwin").map((path) => path.replaceAll("\\", "/"));
  assertEquals(files, [
    ...["/opt/homebrew/lib/a.dylib", "/usr/local/lib/a.dylib"],
    ...["/opt/homebrew/lib/b.dylib", "/usr/local/lib/b.dylib"],
  ]);
  assertEquals(libraryFiles(["a.dll"], "windows"), []);
  assert(libraryFiles(["a.so"], "linux").length > 3);
});
