import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseHtpasswd } from '@registry-cache/config';
import bcrypt from 'bcryptjs';
import { describe, expect, it } from 'vitest';

function run(user: string, input: string) {
  const program = join(import.meta.dirname, '../main.ts');
  const args = [program, 'htpasswd', user];
  return spawnSync(process.execPath, args, { input, encoding: 'utf8' });
}

describe('registry-cache htpasswd', () => {
  it.each([
    ['a line', 'pass-ann\n'],
    ['text without the end of a line', 'pass-ann'],
    ['the first of several lines', 'pass-ann\nother\n'],
    ['a line from Windows', 'pass-ann\r\n'],
  ])('makes a line for the password in %s', async (_, input) => {
    const { status, stdout } = run('ann', input);
    expect(status).toBe(0);
    const [, hash = ''] = /^ann:(\$2b\$10\$\S{53})\n$/.exec(stdout) ?? [];
    expect(await bcrypt.compare('pass-ann', hash)).toBe(true);
    expect(parseHtpasswd('/auth/htpasswd', stdout)).toEqual({ ok: true, value: stdout });
  });

  it('takes a password of 72 bytes, with any characters', async () => {
    const password = ` :ä${'x'.repeat(68)}`;
    const { stdout } = run('bob', `${password}\n`);
    expect(await bcrypt.compare(password, stdout.trim().slice('bob:'.length))).toBe(true);
  });

  it.each([
    ['ann', '', 'password: found nothing'],
    ['ann', '\n', 'password: found nothing'],
    ['ann', `${'x'.repeat(73)}\n`, 'password: found 73 bytes; accepted: 72 bytes at most'],
    ['an:n', 'secret\n', 'user: found "an:n"'],
    ['#ann', 'secret\n', 'user: found "#ann"'],
    ['a\nb', 'secret\n', 'user: found "a\\nb"'],
    ['', 'secret\n', 'user: found ""'],
  ])('refuses %j with the password %j', (user, input, message) => {
    const { status, stdout, stderr } = run(user, input);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(`registry-cache: ${message}`);
    expect(stderr).not.toContain('secret');
  });
});
