import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { CloudRequestSeen } from './service.ts';

export interface AwsKey {
  readonly id: string;
  readonly secret: string;
  /** Of temporary credentials. */
  readonly session?: string;
}

/** The time that AWS allows between its clock and a signature. */
const SKEW_MS = 300_000;
const PATTERN =
  /^AWS4-HMAC-SHA256 Credential=(?<id>[^/]+)\/(?<day>\d{8})\/(?<region>[^/]+)\/(?<service>[^/]+)\/aws4_request, SignedHeaders=(?<names>[^,]+), Signature=(?<signature>[0-9a-f]{64})$/;

export type SignatureFault =
  | 'MissingAuthenticationTokenException'
  | 'UnrecognizedClientException'
  | 'InvalidSignatureException';

/**
 * The region for which a request is signed by one of the keys, or what is wrong with the signature.
 * Source: AWS, "Create a signed AWS API request", Signature Version 4.
 */
export function checkSignature(
  { method, url, headers, body }: CloudRequestSeen,
  keys: readonly AwsKey[],
  service: string,
  now: number,
): { readonly region: string } | { readonly fault: SignatureFault } {
  const parts = PATTERN.exec(headers.authorization ?? '')?.groups;
  if (parts === undefined) return { fault: 'MissingAuthenticationTokenException' };
  const { id = '', day = '', region = '', names = '', signature = '' } = parts;
  const key = keys.find((one) => one.id === id);
  const session = headers['x-amz-security-token'];
  if (key === undefined || key.session !== session) return { fault: 'UnrecognizedClientException' };
  const date = String(headers['x-amz-date'] ?? '');
  const isNear = Math.abs(parseDate(date) - now) <= SKEW_MS;
  const isScoped = parts.service === service && date.startsWith(day);
  const signed = names.split(';');
  const needed = ['host', 'x-amz-date', ...(session === undefined ? [] : ['x-amz-security-token'])];
  if (!isNear || !isScoped || !needed.every((name) => signed.includes(name))) {
    return { fault: 'InvalidSignatureException' };
  }
  const canonical = [
    method,
    url.pathname,
    url.search.slice(1),
    ...signed.map(
      (name) =>
        `${name}:${String(headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}`,
    ),
    '',
    names,
    sha256(body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const signing = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${key.secret}`,
  );
  const isGood = timingSafeEqual(hmac(signing, text), Buffer.from(signature, 'hex'));
  return isGood ? { region } : { fault: 'InvalidSignatureException' };
}

/** `20261130T010203Z` */
function parseDate(text: string): number {
  return Date.parse(text.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
