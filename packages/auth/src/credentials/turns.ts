/** Lists by name. Names take turns. */
export interface Turns<T> {
  readonly size: number;
  sizeOf(name: string): number;
  add(name: string, thing: T): void;
  /** Takes the oldest thing of the name that has its turn. */
  take(): T | undefined;
  /** Removes a thing. @returns whether it was there. */
  remove(name: string, thing: T): boolean;
}

export function createTurns<T>(): Turns<T> {
  /** Names in the order of their turns. After its turn a name goes to the end. */
  const names = new Map<string, T[]>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    sizeOf: (name) => names.get(name)?.length ?? 0,
    add(name, thing) {
      names.set(name, [...(names.get(name) ?? []), thing]);
      size += 1;
    },
    take() {
      for (const [name, [first, ...rest]] of names) {
        names.delete(name);
        if (rest.length > 0) names.set(name, rest);
        size -= 1;
        return first;
      }
      return undefined;
    },
    remove(name, thing) {
      const things = names.get(name);
      if (things?.includes(thing) !== true) return false;
      const rest = things.filter((other) => other !== thing);
      if (rest.length > 0) names.set(name, rest);
      else names.delete(name);
      size -= 1;
      return true;
    },
  };
}
