import { asObject } from '@registry-cache/domain';
import type { Caller } from './policy.ts';

/**
 * Reads a caller as the edge writes it: base64url of `{"user", "groups", "address"}`, where `user`
 * may be left out, and `isConfirmed` may be there. Undefined for any other text.
 */
export function parseCaller(text: string): Caller | undefined {
  if (!/^[A-Za-z0-9_-]+={0,2}$/.test(text)) return undefined;
  const { user, groups, address, isConfirmed, ...others } = parseStrictly(text);
  if (Object.keys(others).length > 0 || typeof address !== 'string') return undefined;
  if (isConfirmed !== undefined && isConfirmed !== true) return undefined;
  if (user !== undefined && typeof user !== 'string') return undefined;
  if (!Array.isArray(groups) || !groups.every((group) => typeof group === 'string')) {
    return undefined;
  }
  return { user, groups, address, ...(isConfirmed === true && { isConfirmed }) };
}

/** An empty object for bytes that are not UTF-8 or not JSON. */
function parseStrictly(text: string): Record<string, unknown> {
  try {
    const bytes = Buffer.from(text, 'base64url');
    return asObject(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch {
    return {};
  }
}
