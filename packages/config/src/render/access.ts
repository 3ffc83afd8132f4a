import { createHash } from 'node:crypto';
import { dependsOnAddress, parseImagePattern } from '@registry-cache/access';
import type { Model } from '../model/build.ts';

/** The view of the rules for the edge; undefined where there are none. */
export function describeAccess({ access }: Pick<Model, 'access'>): object | undefined {
  if (access === undefined) return undefined;
  return {
    // The edge remembers answers, so its configuration has to change with the rules.
    fingerprint: createHash('sha256').update(JSON.stringify(access)).digest('hex'),
    dependsOnAddress: dependsOnAddress(access),
    dependsOnTags: access.rules.some(({ images }) => images.some(hasTag)),
  };
}

function hasTag(image: string): boolean {
  const pattern = parseImagePattern('images', image);
  return pattern.ok && pattern.value.tag !== undefined;
}
