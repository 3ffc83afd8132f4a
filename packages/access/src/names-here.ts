import type { RegistryNames } from '@registry-cache/domain';
import { compileGlob } from './glob.ts';
import type { ImagePattern } from './image-pattern.ts';

/** An image by the names of the registries here: `hub/redis` as `docker.io/library/redis`. */
export function nameImage(image: string, names: RegistryNames): string {
  return nameParts(image.split('/'), names).join('/');
}

/**
 * The pattern by the names of the registries here, and once more for each registry of which its glob
 * matches an alias: `h*b/redis` is `docker.io/library/redis`, too, where `hub` is an alias. So is
 * `*.io/redis`, because `docker.io/redis` is.
 */
export function namePattern(
  { parts, tag }: ImagePattern,
  names: RegistryNames,
): readonly [ImagePattern, ...ImagePattern[]] {
  const [first = '', ...rest] = parts;
  const own = { parts: nameParts(parts, names), tag };
  if (!first.includes('*')) return [own];
  const matches = compileGlob(first, '/');
  const meant = Object.entries(names.aliases)
    .filter(([alias, registry]) => matches(alias) && !matches(registry))
    .map(([, registry]) => registry);
  const official = names.library.filter((registry) => matches(registry));
  const others = [...new Set([...meant, ...official])].flatMap((registry) => {
    const named = nameParts([registry, ...rest], names);
    // The glob itself says it already.
    if (matches(registry) && named.length === parts.length) return [];
    return [{ parts: named, tag }];
  });
  return [own, ...others];
}

function nameParts(
  [first = '', ...rest]: readonly string[],
  { aliases, library }: RegistryNames,
): readonly string[] {
  const registry = Object.hasOwn(aliases, first) ? (aliases[first] ?? first) : first;
  const [only, ...more] = rest;
  const isOfficial = library.includes(registry) && more.length === 0;
  // Two stars may stand for `library/` as well.
  const isOne = only !== undefined && !only.includes('**');
  return [registry, ...(isOfficial && isOne ? ['library'] : []), ...rest];
}
