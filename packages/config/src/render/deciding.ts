import type { Model } from '../model/build.ts';
import { hasLogin } from '../model/has-login.ts';

/** Whether somebody must decide about each client: there are logins, or rules. */
export function mustDecide(model: Model): boolean {
  return hasLogin(model) || model.access !== undefined;
}

/** Whether rules let in clients without a login, although there are logins. */
export function letsStrangersIn(model: Model): boolean {
  return hasLogin(model) && model.access?.anonymous !== undefined;
}
