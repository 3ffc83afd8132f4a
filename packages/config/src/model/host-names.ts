import { listFirstParts } from './first-parts.ts';
import type { Upstream } from './upstream.ts';

/**
 * Host names below the cache's own, by which registries are served: the start of such a name, to
 * the first part of the path that it stands for. `quay.io`, its one-label form `quay-io` and the
 * alias `quay` serve `quay.io.cache.example.com`, `quay-io.cache.example.com` and
 * `quay.cache.example.com`. A host name cannot hold a colon, so a port follows `-` or `_`.
 *
 * @param ownNames - Names of the certificate. A name of the cache itself never means a registry.
 */
export function listHostNames(
  upstreams: readonly Upstream[],
  ownNames: readonly string[],
): ReadonlyMap<string, string> {
  // An address in brackets is not a host name; its spelled form is one.
  const parts = [...new Set(upstreams.flatMap(listFirstParts))].filter(
    (part) => !part.includes('['),
  );
  const exact = new Map(parts.filter((part) => !part.includes(':')).map((part) => [part, part]));
  const derived = new Map<string, Set<string>>();
  for (const part of parts) {
    for (const form of [part.replace(':', '-'), part.replace(/[.:_]/g, '-')]) {
      if (exact.has(form)) continue;
      derived.set(form, (derived.get(form) ?? new Set()).add(part));
    }
  }
  // A name that two registries could claim belongs to neither.
  for (const [form, [part = '', ...others]] of derived) {
    if (others.every((other) => other.replace(':', '_') === part.replace(':', '_'))) {
      exact.set(form, part);
    }
  }
  return new Map([...exact].filter(([form]) => !isAmbiguous(form, ownNames)).sort());
}

/** `10` would take 10.0.0.1 for a registry, and `registry` a cache called registry.example.com. */
function isAmbiguous(form: string, ownNames: readonly string[]): boolean {
  if (/^\d+(\.\d+){0,2}$/.test(form)) return true;
  // A whole registry name below a name of the cache can only mean that registry.
  if (form.includes('.')) return false;
  return ownNames.some((name) => name.startsWith(`${form}.`) && !isBelow(name, ownNames));
}

/** Whether a name is one level below another one, or is covered by a wildcard there. */
function isBelow(name: string, ownNames: readonly string[]): boolean {
  const parent = name.replace(/^[^.]*\./, '');
  return ownNames.includes(parent) || ownNames.includes(`*.${parent}`);
}
