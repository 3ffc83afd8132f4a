import type { Model } from '../model/build.ts';
import { hasLogin } from '../model/has-login.ts';

/** Whether a registry decides about clients by itself, so that its own logins are accepted here. */
export function hasGuests({ upstreams }: Model): boolean {
  return upstreams.some(({ triesLogins }) => triesLogins);
}

/** The view of logins, for the registries that have some of their own. */
export function describeGuests(model: Model): object {
  const registries = model.upstreams.filter(({ triesLogins }) => triesLogins);
  return {
    hasAuth: hasLogin(model) || registries.length > 0,
    guestRegistries:
      registries.length > 0 ? registries.map(({ id, host }) => ({ id, host })) : undefined,
  };
}
