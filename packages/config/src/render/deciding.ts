import type { Model } from '../model/build.ts';
import { hasLogin } from '../model/has-login.ts';
import { hasGuests } from './guests.ts';

/** Whether somebody must decide about each client: there are logins, rules, or guests. */
export function mustDecide(model: Model): boolean {
  return hasLogin(model) || model.access !== undefined || hasGuests(model);
}

/**
 * Whether there are logins, and clients may come without one: by rules, or where only registries
 * have logins. Where there are none at all, nobody is asked for one.
 */
export function isLoginOptional(model: Model): boolean {
  if (!hasLogin(model)) return hasGuests(model);
  return model.access?.anonymous !== undefined;
}
