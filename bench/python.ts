// Finds Python for the benches that compare with PyTorch.

/** The command of a Python that has a module, or the reason why none was found. */
export type Python = { command: string } | { why: string };

/**
 * Finds the first Python that can import a module.
 *
 * @param module Such as `torch`.
 * @param given A Python to take instead of looking for one.
 */
export async function pythonWith(module: string, given?: string): Promise<Python> {
  const names = given ? [given] : ["python3", "/usr/bin/python3", "python"];
  for (const command of names) {
    try {
      const { success } = await new Deno.Command(command, {
        args: ["-c", `import ${module}`],
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return { command };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied)) {
        throw error;
      }
    }
  }
  return {
    why: `it takes Python with ${module}, current ${names.join(", ")} cannot import it: ` +
      `install python3-${module} (Debian) or name another one by --python`,
  };
}

/** Runs a line of Python and tells whether it prints True. */
export async function tellsTrue(command: string, code: string): Promise<boolean> {
  const { stdout } = await new Deno.Command(command, { args: ["-c", code], stderr: "null" }).output();
  return new TextDecoder().decode(stdout).trim() === "True";
}
