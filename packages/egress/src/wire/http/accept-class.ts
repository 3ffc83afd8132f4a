import { SCHEMA1, SCHEMA1_SIGNED, SERVED_TYPES } from '@registry-cache/domain';
import { Accepted } from './accept.ts';

const RANGES = [...SERVED_TYPES, SCHEMA1, SCHEMA1_SIGNED, '*/*'];

/**
 * A short key of the manifest types that an Accept header lists. Clients list the same types in any
 * order, and registries answer 404 for a manifest of a type that is not accepted.
 */
export function acceptClass(accept: string | undefined): string {
  if (accept === undefined) return '';
  const accepted = new Accepted(accept);
  return RANGES.map((range) => (accepted.lists(range) ? '1' : '0')).join('');
}
