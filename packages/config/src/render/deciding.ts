import type { Model } from '../model/build.ts';
import { hasLogin } from '../model/has-login.ts';
import { hasGuests } from './guests.ts';

/** Whether somebody must decide about each client: there are logins, rules, or guests. */
export function mustDecide(model: Model): boolean {
  return hasLogin(model) || model.access !== undefined || hasGuests(model);
}

/**
 * Whether clients without a login are let in, although there are logins: by rules, or where only
 * registries have logins.
 */
export function letsStrangersIn(model: Model): boolean {
  if (!hasLogin(model)) return hasGuests(model);
  return model.access?.anonymous !== undefined;
}
