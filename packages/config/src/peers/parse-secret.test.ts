import { createPrivateKey, X509Certificate } from 'node:crypto';
import { formatIssue, unwrap } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { parsePeerSecret } from './parse-secret.ts';

const FIRST = 'the-first-secret-of-the-peers';
const SECOND = 'the-second-secret-of-the-peers';
const PATH = '/peers/secret';

const parse = (text: string) => unwrap(parsePeerSecret(PATH, text));

describe('parsePeerSecret', () => {
  it('makes the same certificate of the same secret, wherever it is', () => {
    const [one, other] = [parse(FIRST), parse(`${FIRST}\n`)];
    expect(one.shown.reveal()).toBe(other.shown.reveal());
    expect(one.accepted).toBe(other.accepted);
    expect(one.shown.reveal()).not.toContain(FIRST);
  });

  it('makes a certificate that signs itself and fits its key', () => {
    const { shown, accepted } = parse(FIRST);
    const certificate = new X509Certificate(accepted);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkIssued(certificate)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(shown.reveal()))).toBe(true);
    expect(certificate.ca).toBe(true);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(certificate.validToDate.getUTCFullYear()).toBe(9999);
  });

  it('gives each secret an authority of another name', () => {
    const names = [FIRST, SECOND].map((text) => new X509Certificate(parse(text).accepted).subject);
    expect(new Set(names).size).toBe(2);
  });

  it('shows the first of two lines and accepts both', () => {
    const both = parse(`${SECOND}\r\n\n${FIRST}\n`);
    expect(both.shown.reveal()).toBe(parse(SECOND).shown.reveal());
    expect(both.accepted).toBe(parse(SECOND).accepted + parse(FIRST).accepted);
  });

  it.each([
    ['', '0 lines'],
    ['\n \n', '0 lines'],
    ['short', 'a line of 5 characters'],
    [`${FIRST}\n${SECOND}\n${FIRST}3`, '3 lines'],
  ])('refuses %j and does not tell the secret', (text, found) => {
    const parsed = parsePeerSecret(PATH, text);
    const issues = parsed.ok ? [] : parsed.issues.map(formatIssue);
    expect(issues.join('\n')).toContain(`${PATH}: found ${found}`);
    expect(issues.join('\n')).not.toMatch(/first|second|short/);
  });
});
