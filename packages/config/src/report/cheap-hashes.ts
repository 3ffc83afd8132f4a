import type { Logger } from '@registry-cache/runtime';
import type { Model } from '../model/build.ts';

/** `htpasswd` takes 5 by default. A stolen file with such hashes can be searched in hours. */
const LEAST_COST = 10;

type Htpasswd = Pick<Model, 'htpasswd' | 'settings'>;

/** Logs how many users have cheap password hashes, but never which users. */
export function reportCheapHashes(model: Htpasswd, log: Logger): void {
  const text = describeCheapHashes(model);
  if (text !== undefined) log.warn({ notice: text }, 'passwords are kept by cheap hashes');
}

/** One line for an operator; undefined where all hashes are costly enough. */
export function describeCheapHashes({ htpasswd = '', settings }: Htpasswd): string | undefined {
  const costs = [...htpasswd.matchAll(/:\$2[aby]\$(\d\d)\$/g)].map(([, cost]) => Number(cost));
  const cheap = costs.filter((cost) => cost < LEAST_COST).length;
  if (cheap === 0) return undefined;
  const of = `${cheap} of ${costs.length} ${costs.length === 1 ? 'user' : 'users'}`;
  const path = settings.REGISTRY_AUTH_HTPASSWD_PATH;
  return `${path}: bcrypt of a cost below ${LEAST_COST} for ${of}; make lines with htpasswd -BC ${LEAST_COST}`;
}
