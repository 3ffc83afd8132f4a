import { compileGlob, parseImagePattern } from '@registry-cache/access';
import type { Model } from '../model/build.ts';
import type { Upstream } from '../model/upstream.ts';

/**
 * The upstreams whose images egress has to check. Egress must see each request to them, whatever is
 * on disk, because a link alone does not say that the image may be served.
 */
export function listChecked({ trust = [], admission = [], upstreams }: Model): readonly Upstream[] {
  const registries = [...trust, ...admission]
    .flatMap(({ images }) => images)
    .flatMap((text) => {
      const pattern = parseImagePattern('', text);
      return pattern.ok ? [pattern.value.parts[0] ?? ''] : [];
    });
  const matches = registries.map((registry) =>
    // Two stars go on behind the registry.
    registry.includes('**') ? () => true : compileGlob(registry, '/'),
  );
  return upstreams.filter(({ host }) => matches.some((isMatch) => isMatch(host)));
}

/** Whether there are rules for signatures or admission. */
export function hasChecks({ trust, admission }: Model): boolean {
  return trust !== undefined || admission !== undefined;
}
