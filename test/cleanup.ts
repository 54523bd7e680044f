/** What a test file has made goes when the file is done. One process runs many files, so an exit handler comes too late. */

const remains: (() => void)[] = [];

/** Removes something once the tests of this file are over; what came last goes first. */
export function afterThisFile(remove: () => void): void {
  remains.push(remove);
}

/** Called by `test/setup.ts`. */
export function cleanUp(): void {
  for (const remove of remains.splice(0).reverse()) remove();
}
