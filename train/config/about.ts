import { z } from "zod";
import { isTree, valueAt } from "./schema/config_tree.ts";
import { configKey, configKeys, type ConfigKind } from "./schema/keys.ts";
import { kindOf } from "./load.ts";
import { readNamed } from "../flags/errors.ts";

/** A config key as a user reads of it. */
export interface KeyAbout {
  /** The key, dotted. */
  key: string;
  /** Its default in the form of YAML; null for a section, whose keys have theirs. */
  value: string | null;
  /** Values that it takes, in words. */
  takes: string;
  /** Meaning of the key. */
  about: string;
}

/** A line that begins a key: its indentation, name, value and comment. */
const KEY = /^(\s*)([A-Za-z]\w*):(?:\s+(?!#)(.*?))?(?:\s+# (.*))?$/;

/**
 * Reads what the comments of a config file say of each key: the comment behind the key, and comment lines right below. A key
 * in a comment, as `# queue: 1024 # number of keys`, is explained too.
 *
 * @param known All keys, dotted. @returns Comments by the dotted key.
 */
export function commentsOf(text: string, known: readonly string[]): Map<string, string> {
  const comments = new Map<string, string>();
  let open: { indent: number; key: string }[] = [];
  let current: string | null = null;
  for (const line of text.split("\n")) {
    // A key that is left out of the file stands behind a "#".
    const [, indent = "", name = "", , comment = ""] = KEY.exec(line.replace(/^(\s*)#/, "$1")) ?? [];
    const outer = open.filter((key) => key.indent < indent.length);
    const key = [...outer.map(({ key }) => key).slice(-1), name].join(".");
    if (name !== "" && known.includes(key)) {
      open = [...outer, { indent: indent.length, key }];
      comments.set(key, comment);
      current = key;
    } else if (current !== null && /^\s*# /.test(line)) {
      comments.set(current, `${comments.get(current)} ${line.trim().slice(2)}`.trim());
    } else current = null;
  }
  return comments;
}

/**
 * Lists all keys of a config with what they mean. The comments of the default config file say it: a file that users read
 * anyway, and that has every key.
 */
export async function keysAbout(kind: ConfigKind<unknown>): Promise<KeyAbout[]> {
  const { schema, defaultFile } = kind;
  const text = await readNamed(`the config ${defaultFile}`, () => Deno.readTextFile(defaultFile));
  const keys = configKeys(schema);
  const comments = commentsOf(text, keys);
  const defaults = schema.parse({});
  return keys.map((key) => {
    const path = key.split(".");
    const value = defaultOf(schema, defaults, path);
    return {
      key,
      value: isTree(value) ? null : JSON.stringify(value) ?? null,
      takes: configKey(schema, path).takes,
      about: comments.get(key) ?? "",
    };
  });
}

/** The default of a key; of one in a section that is null by default, the default that it has in the section. */
function defaultOf(schema: z.ZodType, defaults: unknown, path: readonly string[]): unknown {
  for (let length = 1; length < path.length; length++) {
    if (valueAt(defaults, path.slice(0, length)) !== null) continue;
    const section = configKey(schema, path.slice(0, length)).inner;
    return defaultOf(section, section.parse({}), path.slice(length));
  }
  return valueAt(defaults, path);
}

/** Writes the keys of a config for people. */
async function keysText(kind: ConfigKind<unknown>): Promise<string> {
  const keys = await keysAbout(kind);
  const blocks = keys.map(({ key, value, takes, about }) =>
    [value === null ? `${key}:` : `${key}: ${value}`, `    takes ${takes}`, ...about ? [`    ${about}`] : []]
      .join("\n")
  );
  return [
    `Keys of the config of deno task ${kind.task}, with their defaults. Set one by --set KEY=VALUE, or in a file ` +
    "that --config names.",
    ...blocks,
  ].join("\n\n");
}

/** Makes a JSON Schema of a config, by which an editor completes and checks config files. */
export async function jsonSchema(kind: ConfigKind<unknown>): Promise<string> {
  const root = z.toJSONSchema(kind.schema, { io: "input" }) as Node;
  for (const { key, takes, about } of await keysAbout(kind)) {
    const node = nodeAt(root, key.split("."));
    node.description = about ? `${about}\nTakes ${takes}.` : `Takes ${takes}.`;
  }
  // Short forms, which are written out before a config is checked.
  const { loss } = root.properties!;
  const names = nodeAt(root, ["loss", "name"]).enum;
  root.properties!.loss = {
    description: loss.description,
    default: loss.default,
    anyOf: [{ enum: names }, loss],
  };
  const { adjust } = root.properties!;
  if (adjust) {
    const { anyOf: points } = nodeAt(root, ["adjust", "t"]);
    root.properties!.adjust = {
      description: adjust.description,
      default: adjust.default,
      anyOf: [...points!, adjust],
    };
  }
  return JSON.stringify({ ...root, title: `Config of deno task ${kind.task}` }, null, 2) + "\n";
}

/** Tells the keys of the config that a command of the command line takes, for people or as a JSON Schema. */
export async function keysOf(command: string, { json }: { json: boolean }): Promise<string> {
  const kind = kindOf(command);
  return json ? (await jsonSchema(kind)).trimEnd() : await keysText(kind);
}

/** A part of a JSON Schema. */
interface Node {
  description?: string | undefined;
  default?: unknown;
  enum?: unknown[] | undefined;
  anyOf?: Node[];
  properties?: Record<string, Node>;
}

/** The part at a path; a section that may be null stands among the forms of its key. */
function nodeAt(root: Node, path: readonly string[]): Node {
  return path.reduce((node, key) => {
    const section = node.properties ? node : node.anyOf!.find(({ properties }) => properties)!;
    return section.properties![key];
  }, root);
}
