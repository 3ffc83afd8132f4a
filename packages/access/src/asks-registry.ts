import type { AskedRegistries } from './policy.ts';

/** Whether the registry of an image decides by itself who may pull it. */
export function asksRegistry(asked: AskedRegistries | undefined, image: string): boolean {
  if (asked === undefined) return false;
  const yes = longest(asked.yes, image);
  return yes > 0 && yes > longest(asked.no, image);
}

function longest(keys: readonly string[], image: string): number {
  return Math.max(
    0,
    ...keys.filter((key) => image.startsWith(`${key}/`)).map(({ length }) => length),
  );
}
