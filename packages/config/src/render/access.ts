import { parseImagePattern } from '@registry-cache/access';
import type { Model } from '../model/build.ts';

/** The view of the rules for the edge; undefined where there are none. */
export function describeAccess({ access }: Model): object | undefined {
  if (access === undefined) return undefined;
  const { rules } = access;
  return {
    dependsOnAddress: rules.some(({ from }) => from !== undefined),
    dependsOnTags: rules.some(({ images }) => images.some(hasTag)),
  };
}

function hasTag(image: string): boolean {
  const pattern = parseImagePattern('images', image);
  return pattern.ok && pattern.value.tag !== undefined;
}
