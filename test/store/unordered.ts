/** The lists of an object, each in an order that its items alone decide: two stores may keep the same in any order. */
export function unordered(contents: object): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(contents).map(([name, list]) => [name, (list as unknown[]).map((each) => canonical(each)).sort()]),
  );
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
