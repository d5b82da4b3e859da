/** Most letters that a message shows of a key, a value or a text: a list file that is given for a config has long ones. */
const LETTERS = 400;

/** A text that a message quotes, cut where it is long. */
export function shortened(text: string): string {
  return text.length <= LETTERS ? text : `${text.slice(0, LETTERS)}…`;
}
