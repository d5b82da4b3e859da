import { join } from "node:path";

/** Reads a variable of the environment that the process may read; undefined where it may not, without a question to the user. */
function variable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

/**
 * The folder in which Mesa's drivers keep compiled kernels; null where they keep none, or this process may not know.
 */
export function shaderCache(env: (name: string) => string | undefined = variable): string | null {
  if (Deno.build.os !== "linux") return null;
  if (["1", "true", "yes"].includes(env("MESA_SHADER_CACHE_DISABLE")?.toLowerCase() ?? "")) return null;
  const home = env("HOME");
  const folder = env("MESA_SHADER_CACHE_DIR") || env("XDG_CACHE_HOME") || (home && join(home, ".cache"));
  return folder ? join(folder, "mesa_shader_cache") : null;
}
