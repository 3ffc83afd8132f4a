import { accept, type Issue, type Parsed, reject } from '@registry-cache/domain';

/** Passwords are checked one at a time, and one check at cost 15 takes seconds. */
const LINE = /^([^:\s#][^:]*):(\$2[aby]\$(?:0[4-9]|1[0-4])\$[./A-Za-z0-9]{53})$/;

/**
 * Checks an htpasswd file and returns it without blank lines and comments. Only bcrypt is
 * accepted, as by the distribution registry (registry/auth/htpasswd).
 */
export function parseHtpasswd(file: string, text: string): Parsed<string> {
  const issues: Issue[] = [];
  const entries: string[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return;
    if (LINE.test(line)) entries.push(line);
    else {
      issues.push({
        path: `${file} line ${index + 1}`,
        found: describeHash(line),
        accepted: 'user:hash with a bcrypt hash of cost 4 to 14, as `htpasswd -BC 10` writes it',
      });
    }
  });
  if (issues.length === 0 && entries.length === 0) {
    issues.push({ path: file, found: 'no user', accepted: 'at least one line user:hash' });
  }
  return issues.length > 0 ? reject(...issues) : accept(`${entries.join('\n')}\n`);
}

/** The kind of hash, without any part of it. */
function describeHash(line: string): string {
  const hash = line.slice(line.indexOf(':') + 1);
  if (!line.includes(':')) return 'a line without a colon';
  if (hash.startsWith('$apr1$')) return 'an MD5 (apr1) hash';
  if (hash.startsWith('{SHA}')) return 'a SHA-1 hash';
  if (/^\$[56]\$/.test(hash)) return 'a SHA-2 crypt hash';
  const [, cost] = /^\$2[aby]\$(\d\d)\$/.exec(hash) ?? [];
  if (Number(cost) > 14) return `a bcrypt hash of cost ${cost}`;
  return hash.startsWith('$2') ? 'a damaged bcrypt hash' : 'no bcrypt hash';
}
