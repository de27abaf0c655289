/** One method of a foreign prototype replaced, and put back as it was: own or inherited, unless somebody replaced it since. */

type Method = (...args: unknown[]) => unknown;

/** Does nothing where there is no such method. */
export function replaceMethod(prototype: object, name: string, wrap: (original: Method) => Method): () => void {
  const before = Object.getOwnPropertyDescriptor(prototype, name);
  const original: unknown = Reflect.get(prototype, name);
  if (typeof original !== 'function') return () => {};
  const replacement = wrap(original as Method);
  Object.defineProperty(replacement, 'name', { value: original.name, configurable: true });
  Object.defineProperty(replacement, 'length', { value: original.length, configurable: true });
  Object.defineProperty(prototype, name, {
    value: replacement,
    writable: true,
    enumerable: before?.enumerable ?? false,
    configurable: true,
  });
  return () => {
    if (Reflect.get(prototype, name) !== replacement) return;
    if (before === undefined) Reflect.deleteProperty(prototype, name);
    else Object.defineProperty(prototype, name, before);
  };
}
