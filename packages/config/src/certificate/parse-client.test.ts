import { createPrivateKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createServerCertificate } from './create-server.ts';
import { parseClientCertificate } from './parse-client.ts';

/** Certificate and key in one text, as `create` makes them. */
let one: string;
let other: string;

beforeAll(async () => {
  one = await createServerCertificate(['one.test'], new Date());
  other = await createServerCertificate(['other.test'], new Date());
});

const parse = (cert: string, key: string) => parseClientCertificate({ path: 'p', cert, key });

describe('parseClientCertificate', () => {
  it('takes the certificates of one text and the key of another', () => {
    const parsed = parse(one, one);
    expect(parsed).toMatchObject({ ok: true });
    if (!parsed.ok) return;
    expect(parsed.value.cert).not.toContain('PRIVATE KEY');
    expect(JSON.stringify(parsed.value)).toContain('[redacted]');
    expect(createPrivateKey(parsed.value.key.reveal()).asymmetricKeyType).toBe('ec');
  });

  it.each([
    ['no certificate', () => parse('nothing', one), 'p.cert: no certificate'],
    ['no key', () => parse(one, 'secret-word'), 'p.key: no private key, or one that is damaged'],
    ['the key of another', () => parse(one, other), 'p.key: the key of another certificate'],
  ])('refuses %s', (_what, refused, expected) => {
    const parsed = refused();
    const [issue] = parsed.ok ? [] : parsed.issues;
    expect(`${issue?.path}: ${issue?.found}`).toContain(expected);
    expect(JSON.stringify(parsed)).not.toContain('secret-word');
  });
});
