import type { Child } from './parse-manifest.ts';

export const DEFAULT_PLATFORMS: readonly string[] = ['linux/amd64', 'linux/arm64'];
export const ALL_PLATFORMS = 'all';

/** Platforms as operators write them: `linux/arm64`, `linux/arm/v7`, `all`. */
export function isPlatform(text: string): boolean {
  return text === ALL_PLATFORMS || /^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9]+)?$/.test(text);
}

/**
 * The children for these platforms, with those that attest them. A child without a platform is for
 * every one. A platform without a variant stands for all its variants.
 */
export function chooseChildren(
  children: readonly Child[],
  platforms: readonly string[],
): readonly Child[] {
  if (platforms.includes(ALL_PLATFORMS)) return children;
  const isWanted = ({ platform, attests }: Child) =>
    attests === undefined &&
    (platform === undefined || platforms.some((one) => covers(one, platform)));
  const chosen = new Set(children.filter(isWanted).map(({ digest }) => digest));
  return children.filter(({ digest, attests = '' }) => chosen.has(digest) || chosen.has(attests));
}

function covers(wanted: string, offered: string): boolean {
  if (`${offered}/`.startsWith(`${wanted}/`)) return true;
  // Every arm64 machine is of this variant.
  return wanted === 'linux/arm64/v8' && offered === 'linux/arm64';
}
