import { type Caller, formatRefusal, type Verdict } from '@registry-cache/access';
import { isDigest } from '@registry-cache/domain';

/** A refusal without its tag or digest: the text before and after it. */
export function formatAround(caller: Caller, verdict: Verdict, image: string): string {
  const refusal = formatRefusal(caller, verdict, `${image}\n`).split('\n');
  return refusal.map(encodeURIComponent).join(' ');
}

export function formatCaller(caller: Caller): string {
  return Buffer.from(JSON.stringify(caller)).toString('base64url');
}

/** The part of an image's name behind the repository. */
export function imageSuffix(reference: string): string {
  if (reference === '') return '';
  return isDigest(reference) ? `@${reference}` : `:${reference}`;
}
