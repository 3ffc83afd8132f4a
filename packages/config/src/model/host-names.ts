import { listFirstParts, type Upstream } from './upstream.ts';

/**
 * How registries are served by host names below the cache's own: what such a name begins with to
 * the first part of a path that it stands for. `quay.io`, its one-label form `quay-io` and the
 * alias `quay` serve `quay.io.cache.example.com`, `quay-io.cache.example.com` and
 * `quay.cache.example.com`. No host has a colon, so a port follows `-` or `_`.
 *
 * `ownNames` are those of the certificate: a name of the cache itself never means a registry.
 */
export function listHostNames(
  upstreams: readonly Upstream[],
  ownNames: readonly string[],
): ReadonlyMap<string, string> {
  // An address in brackets is no host name; its spelled form is.
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
  // What two registries could claim is given to neither.
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
  // A whole registry name below a name of the cache is meant as what it says.
  if (form.includes('.')) return false;
  return ownNames.some((name) => name.startsWith(`${form}.`) && !isBelow(name, ownNames));
}

/** Whether a name is one level below another one, or is what a wildcard there covers. */
function isBelow(name: string, ownNames: readonly string[]): boolean {
  const parent = name.replace(/^[^.]*\./, '');
  return ownNames.includes(parent) || ownNames.includes(`*.${parent}`);
}
