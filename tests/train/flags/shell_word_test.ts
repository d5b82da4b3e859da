import { assertEquals } from "@std/assert";
import { shellWord } from "../../../train/flags/shell_word.ts";

Deno.test({
  name: "a path is one word for a shell, as it is where that needs no quotes",
  ignore: Deno.build.os === "windows", // whose shells quote otherwise
  fn: async () => {
    assertEquals(shellWord("runs/fashion-lt-gml_2.1"), "runs/fashion-lt-gml_2.1");
    for (
      const text of ["", "a b", "it's", "$HOME", "`id`", 'say "x"', "a\\b", "*", "~", "a;b", "é", "a\nb"]
    ) {
      const { stdout } = await new Deno.Command("sh", { args: ["-c", `printf %s ${shellWord(text)}`] })
        .output();
      assertEquals(new TextDecoder().decode(stdout), text);
    }
  },
});
