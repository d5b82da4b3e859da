/** Tells whether a user named a thing by its address on the network, rather than by its file or folder. */
export function isAddress(named: string): boolean {
  return /^https?:\/\//i.test(named);
}
