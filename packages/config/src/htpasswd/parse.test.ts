import { describe, expect, it } from 'vitest';
import { parseHtpasswd } from './parse.ts';

const HASH = `$2y$05$${'a'.repeat(53)}`;

describe('parseHtpasswd', () => {
  it('keeps bcrypt entries and drops comments and blank lines', () => {
    const parsed = parseHtpasswd('/auth/htpasswd', `# users\r\nann:${HASH}\r\n\r\nbob:${HASH}\n`);
    expect(parsed).toEqual({ ok: true, value: `ann:${HASH}\nbob:${HASH}\n` });
  });

  it('names the line and the kind of an unusable hash, but not the hash', () => {
    const text = `ann:${HASH}\nbob:$apr1$x$hunter2\ncarl:{SHA}hunter2\ndora\n:${HASH}\neve:hunter2\nfay:$2y$31$hunter2\n`;
    const parsed = parseHtpasswd('/auth/htpasswd', text);
    const issues = parsed.ok ? [] : parsed.issues;
    expect(issues.map(({ path, found }) => `${path}: ${found}`)).toEqual([
      '/auth/htpasswd line 2: an MD5 (apr1) hash',
      '/auth/htpasswd line 3: a SHA-1 hash',
      '/auth/htpasswd line 4: a line without a colon',
      '/auth/htpasswd line 5: a damaged bcrypt hash',
      '/auth/htpasswd line 6: no bcrypt hash',
      '/auth/htpasswd line 7: a bcrypt hash of cost 31',
    ]);
    expect(JSON.stringify(issues)).not.toContain('hunter2');
  });

  it('refuses a file without users', () => {
    expect(parseHtpasswd('/auth/htpasswd', '# nobody\n').ok).toBe(false);
  });
});
