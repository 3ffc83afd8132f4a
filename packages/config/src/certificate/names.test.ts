import { describe, expect, it } from 'vitest';
import { parseSettings } from '../settings/parse.ts';
import { createServerCertificate } from './create-server.ts';
import { findMissingNames, listClientNames, listOwnNames, listWantedNames } from './names.ts';

/** Self-signed by `openssl req`, for CN=cache.test. */
const FOREIGN = `-----BEGIN CERTIFICATE-----
MIIBlzCCAT6gAwIBAgIUctKPYqG+aqRWA90ZTJ8vZ8VRBTQwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKY2FjaGUudGVzdDAgFw0yNjExMjUwODI2MDlaGA8yMTI2MTEw
MTA4MjYwOVowFTETMBEGA1UEAwwKY2FjaGUudGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABL6qUI8VRhQRf6t22i/vZuZO7s+sbVM2EnbCBoRKWOruJNTAyJMx
XJ4LkC15uwJiLg0MtbUWAydrkQEnHgG3sM+jajBoMB0GA1UdDgQWBBS62xA9qRaV
QQeoshf+bFtsZCJZWzAfBgNVHSMEGDAWgBS62xA9qRaVQQeoshf+bFtsZCJZWzAP
BgNVHRMBAf8EBTADAQH/MBUGA1UdEQQOMAyCCmNhY2hlLnRlc3QwCgYIKoZIzj0E
AwIDRwAwRAIgO3F41e/SW6J3YacIrzSlAQv2jaYH09sBbL3OOPcsCI0CIGfFN3Eg
aO+OlD1lc5xv1S1LtK9MAi0YbsZRmilXDvIB
-----END CERTIFICATE-----
`;

const HOST_NAMES = new Map([
  ['quay.io', 'quay.io'],
  ['quay-io', 'quay.io'],
  ['reg.test-5000', 'reg.test:5000'],
  ['reg.test_5000', 'reg.test_5000'],
]);

function wish(names: string) {
  const settings = parseSettings({ CERTIFICATE_NAMES: names });
  if (!settings.ok) throw new Error('the test gave bad settings');
  return { settings: settings.value, hostNames: HOST_NAMES };
}

describe('listWantedNames', () => {
  it('takes plain names as they are', () => {
    expect(listWantedNames(wish('Cache.test 10.0.0.1'))).toEqual(['cache.test', '10.0.0.1']);
  });

  it('adds to a wildcard the names of registries that it does not cover', () => {
    const expected = ['*.cache.test', 'quay.io.cache.test', 'reg.test-5000.cache.test'];
    expect(listWantedNames(wish('*.cache.test'))).toEqual(expected);
  });
});

describe('findMissingNames', () => {
  const missing = async (names: string[], wanted: string) =>
    findMissingNames({
      ...wish(wanted),
      certificate: await createServerCertificate(names, new Date()),
    });

  it('finds names that a certificate of ours lacks', async () => {
    const has = ['cache.test', '10.0.0.1', '*.cache.test', 'quay.io.cache.test'];
    const lacks = ['other.test', '10.0.0.2', 'reg.test-5000.cache.test'];
    expect(await missing(has, 'cache.test other.test 10.0.0.1 10.0.0.2 *.cache.test')).toEqual(
      lacks,
    );
    expect(await missing(has, 'cache.test')).toEqual([]);
    expect(await missing(['cache.test'], '*.cache.test')).toContain('*.cache.test');
  });

  it("finds nothing for an operator's own certificate", async () => {
    expect(findMissingNames({ ...wish('other.test'), certificate: FOREIGN })).toEqual([]);
  });
});

describe('listClientNames', () => {
  const made = async (names: string[]) =>
    listClientNames({
      hostNames: HOST_NAMES,
      certificate: await createServerCertificate(names, new Date()),
    });

  it('leaves out the names that are added here, wildcards, and registries below them', async () => {
    const wanted = ['*.lab.test', 'quay.io.lab.test', '10.0.0.1', 'B.test', 'a.test'];
    expect(await made([...listOwnNames('Box'), ...wanted])).toEqual(['b.test', 'a.test']);
    expect(await made(listOwnNames('box.example.com'))).toEqual([]);
    expect(await made(['localhost', 'quay.io.test'])).toEqual(['quay.io.test']);
  });

  it("takes every host name of an operator's own certificate", () => {
    expect(listClientNames({ hostNames: HOST_NAMES, certificate: FOREIGN })).toEqual([
      'cache.test',
    ]);
  });
});
