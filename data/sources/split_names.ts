// Words by which folders are called that hold a split of images, and not a class.

/** The use of a split's images. */
export type Role = "train" | "validation" | "test";

/** A folder and what its name says. */
export interface Named {
  name: string;
  /** Null: nothing that is known. */
  role: Role | null;
  /** The other words of the name, without those that any folder of images may have. */
  rest: string;
}

/** The folders of the splits. */
export interface Parts {
  train: string;
  test: string | null;
  validation: string | null;
}

const WORDS: Readonly<Record<string, Role>> = {
  ...of("train", "train trains training trainset trainingset traindata trainingdata trainval trn"),
  ...of(
    "validation",
    "val vals valid validation validate valset validset validationset valdata eval evaluation evaluate dev devset",
  ),
  ...of("test", "test tests testing testset testingset testdata tst holdout"),
};

/** Words that say nothing of which images a folder has. */
const ANY = new Set(
  "set sets data dataset image images img imgs photo photos pic pics picture pictures folder dir split splits file files jpg jpeg png new"
    .split(" "),
);

/** Splits that are taken as such whatever is in them, in this order: the first with classes is for testing. */
const EXACT = ["test", "val", "validation", "valid"];

function of(role: Role, words: string): Record<string, Role> {
  return Object.fromEntries(words.split(" ").map((word) => [word, role]));
}

/** Reads the names of folders. */
export function rolesOf(names: readonly string[]): Named[] {
  return names.map((name) => {
    const words = name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase().split(/[^a-z]+/).filter((word) =>
      word !== ""
    );
    const roles = new Set(words.flatMap((word) => WORDS[word] ?? []));
    const rest = words.filter((word) => !(word in WORDS) && !ANY.has(word)).join(" ");
    return { name, role: roles.size === 1 ? roles.values().next().value! : null, rest };
  });
}

/** `train` and those for testing, by the names that need no look into them; null where there are none. */
export function exactParts(folders: readonly string[]): { train: string; others: string[] } | null {
  const named = (name: string) => folders.filter((folder) => folder.toLowerCase() === name);
  const [[train], others] = [named("train"), EXACT.flatMap(named)];
  // A class may be called so, too.
  return train !== undefined && (others.length > 0 || folders.length === 1) ? { train, others } : null;
}

/**
 * The splits by all names that say so, where they hold folders of the same names.
 *
 * @param classesIn Names of the folders in a folder.
 * @returns Null where nothing speaks for splits; `"unclear"` where something does, and something against.
 */
export function partsByRole(
  names: readonly string[],
  classesIn: (name: string) => readonly string[],
): Parts | "unclear" | null {
  const named = rolesOf(names);
  const ofRole = (role: Role) => named.filter((one) => one.role === role);
  const [train, validation, test] = (["train", "validation", "test"] as const).map(ofRole);
  const others = [...validation, ...test];
  if (train.length === 1 && names.length === 1) {
    return classesIn(names[0]).length > 1 ? { train: names[0], test: null, validation: null } : null;
  }
  const alike = (a: Named, b: Named) => {
    const classes = a === b ? [] : classesIn(a.name);
    return classes.length > 0 && sharedNames(classes, classesIn(b.name));
  };
  if (train.length === 1 && others.some((one) => alike(train[0], one))) {
    const [tests, validations] = [test, validation].map((all) => all.filter((one) => alike(train[0], one)));
    if (tests.length > 1 || validations.length > 1) return "unclear";
    const [first, second] = [...tests, ...validations];
    return { train: train[0].name, test: first.name, validation: second?.name ?? null };
  }
  const roles = named.filter(({ role }) => role !== null);
  if (roles.some((one) => named.some((other) => alike(one, other)))) return "unclear";
  // Where images lie beside each other, only the whole name tells a split: "training", not "training shoes".
  const pair = roles.some((a) => roles.some((b) => a.role !== b.role && a.rest === b.rest));
  return pair ? "unclear" : null;
}

/** True where all folders hold folders of the same names, as splits do. */
export function areAlike(names: readonly string[], classesIn: (name: string) => readonly string[]): boolean {
  if (names.length < 2) return false;
  const first = classesIn(names[0]).join("\n");
  return first !== "" && names.every((name) => classesIn(name).join("\n") === first);
}

/** True where two lists have a name in common. */
export function sharedNames(a: readonly string[], b: readonly string[]): boolean {
  const all = new Set(a);
  return b.some((name) => all.has(name));
}
