import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatFailure } from '../format-failure.ts';
import { readRemotePlace, type ServerOptions } from './remote-place.ts';

function failureOf(options: ServerOptions, environment = {}): string[] {
  try {
    readRemotePlace(options, environment);
  } catch (error) {
    return formatFailure(error);
  }
  return [];
}

describe('readRemotePlace', () => {
  it('reads the server, its authority and the login', () => {
    const folder = mkdtempSync(join(tmpdir(), 'registry-cache-place-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'ca.crt'), 'PEM');
    writeFileSync(join(folder, 'login'), 'ann:pass: word\n');
    const options = { server: 'https://cache:8445/', ca: join(folder, 'ca.crt') };
    expect(readRemotePlace({}, {})).toBeUndefined();
    expect(readRemotePlace(options, { REGISTRY_CACHE_LOGIN: 'ann:secret' })).toEqual({
      ...{ server: 'https://cache:8445', ca: 'PEM', login: 'ann:secret' },
    });
    const file = { REGISTRY_CACHE_LOGIN_FILE: join(folder, 'login') };
    expect(readRemotePlace(options, file)?.login).toBe('ann:pass: word');
  });

  it('refuses an address that is no server, and shows no login', () => {
    for (const server of ['http://cache:8445', 'cache:8445', 'https://cache/api', '']) {
      expect(failureOf({ server })).toEqual([expect.stringContaining('accepted: https://HOST')]);
    }
    expect(failureOf({ server: 'https://ann:secret@cache' })).toEqual([
      expect.not.stringContaining('secret'),
    ]);
    const login = { REGISTRY_CACHE_LOGIN: 'only-secret' };
    expect(failureOf({ server: 'https://cache' }, login)).toEqual([
      'REGISTRY_CACHE_LOGIN: found 11 characters; accepted: USER:PASSWORD on one line',
    ]);
    expect(failureOf({ ca: 'ca.crt' })).toEqual([expect.stringContaining('with --server')]);
  });
});
