import { Secret } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { parseAuthRegistries } from './auth-registries.ts';

function parse(text: string, between = ' ', inside = ':') {
  return parseAuthRegistries({
    AUTH_REGISTRIES: new Secret(text),
    AUTH_REGISTRIES_DELIMITER: between,
    AUTH_REGISTRY_DELIMITER: inside,
  });
}

function read(...args: Parameters<typeof parse>) {
  const parsed = parse(...args);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.value.map(({ host, username, password }) => [host, username, password.reveal()]);
}

describe('parseAuthRegistries', () => {
  it('reads a list, with the inner delimiter in a password', () => {
    expect(read('gitlab.test:robot:pa:ss  Reg.test:u:p')).toEqual([
      ['gitlab.test', 'robot', 'pa:ss'],
      ['reg.test', 'u', 'p'],
    ]);
    expect(read('')).toEqual([]);
  });

  it('reads a JSON key and a host with a port by other delimiters', () => {
    const key = '{\n  "type": "service_account",\n  "private_key": "-----BEGIN: x -----"\n}';
    expect(
      read(`us-docker.pkg.dev:::_json_key:::${key};;;\nreg.test:5000:::u:::p;;;`, ';;;', ':::'),
    ).toEqual([
      ['us-docker.pkg.dev', '_json_key', key],
      ['reg.test:5000', 'u', 'p'],
    ]);
  });

  it('names the place of a bad entry, and never its content', () => {
    const parsed = parse('hunter2 a.test:hunter2 b.test:u: c.test:u:p c.test:u:p2 d/e:u:hunter2');
    const issues = parsed.ok ? [] : parsed.issues;
    expect(issues.map(({ path }) => path)).toEqual([
      'AUTH_REGISTRIES[0]',
      'AUTH_REGISTRIES[1]',
      'AUTH_REGISTRIES[2]',
      'AUTH_REGISTRIES[4]',
      'AUTH_REGISTRIES[5]',
    ]);
    expect(JSON.stringify(issues)).not.toContain('hunter2');
  });
});
