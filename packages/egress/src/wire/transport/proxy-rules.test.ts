import { expect, test } from 'vitest';
import { proxyFor } from './proxy-rules.ts';

const ENV = { HTTPS_PROXY: 'http://secure:3128', http_proxy: 'plain:3128' };

test.each([
  ['https://quay.io/', '', 'http://secure:3128'],
  ['http://reg.example.com/', '', 'http://plain:3128'],
  ['https://localhost:5000/', '', undefined],
  ['https://127.0.0.1:5000/', '', undefined],
  ['https://[::1]/', '', undefined],
  ['https://quay.io/', '*', undefined],
  ['https://quay.io/', 'quay.io', undefined],
  ['https://cdn.quay.io/', 'other.io, quay.io', undefined],
  ['https://notquay.io/', 'quay.io', 'http://secure:3128'],
  ['https://cdn.quay.io/', '.quay.io', undefined],
  ['https://quay.io/', '.quay.io', 'http://secure:3128'],
  ['https://cdn.quay.io/', '*.quay.io', undefined],
  ['https://quay.io:8443/', 'quay.io:8443', undefined],
  ['https://quay.io/', 'quay.io:8443', 'http://secure:3128'],
  ['https://quay.io/', 'quay.io:443', undefined],
  ['https://10.2.3.4/', '10.0.0.0/8', undefined],
  ['https://11.2.3.4/', '10.0.0.0/8', 'http://secure:3128'],
  ['https://[fd00::5]/', 'fd00::/8', undefined],
  ['https://[fd00::5]:5000/', '[fd00::5]:5000', undefined],
  ['https://[fd00::5]/', 'fd00:0::5', undefined],
  ['https://QUAY.io./', 'Quay.IO', undefined],
])('%s with NO_PROXY=%s goes through %s', (url, noProxy, expected) => {
  expect(proxyFor(new URL(url), { ...ENV, NO_PROXY: noProxy })).toBe(expected);
});

test('no proxy is used without variables', () => {
  expect(proxyFor(new URL('https://quay.io/'), {})).toBeUndefined();
});
