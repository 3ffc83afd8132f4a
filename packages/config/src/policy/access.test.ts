import { describe, expect, it } from 'vitest';
import { parsePolicy } from './parse.ts';

function issuesOf(access: unknown): string[] {
  const parsed = parsePolicy('p', JSON.stringify({ access }));
  return parsed.ok ? [] : parsed.issues.map(({ path, found }) => `${path}: ${found}`);
}

describe('access of the policy file', () => {
  it('is read as it stands', () => {
    const access = {
      groups: { ops: ['ann', 'ci-*'] },
      anonymous: ['pull'],
      default: [],
      rules: [
        { images: ['docker.io/library/mariadb'], allow: ['pull', 'fetch'] },
        { images: ['**:v*'], users: ['group:ops'], from: ['10.0.0.0/8', '::1'], deny: ['push'] },
      ],
    };
    const parsed = parsePolicy('p', JSON.stringify({ access }));
    expect(parsed.ok && parsed.value.access).toEqual(access);
  });

  it('is absent where the file does not name it', () => {
    const parsed = parsePolicy('p', '');
    expect(parsed.ok && parsed.value.access).toBeUndefined();
  });

  it.each([
    [{ rules: [{ images: ['quay.io'], allow: ['pull'] }] }, 'rules[0].images[0]: "quay.io"'],
    [{ rules: [{ images: [], allow: ['pull'] }] }, 'rules[0].images: []'],
    [{ rules: [{ images: ['**'], allow: ['read'] }] }, 'rules[0].allow[0]: "read"'],
    [
      { rules: [{ images: ['**'], from: ['10.0.0.0/40'], deny: ['pull'] }] },
      'rules[0].from[0]: "10.0.0.0/40"',
    ],
    [{ rules: [{ images: ['**'], users: [], deny: ['pull'] }] }, 'rules[0].users: []'],
    [{ rules: [{ images: ['**'] }] }, 'rules[0]: {"images":["**"]}'],
    [
      { rules: [{ images: ['**'], allow: ['pull'], because: 'a\nb' }] },
      'rules[0].because: "a\\nb"',
    ],
    [
      { rules: [{ image: ['**'], images: ['**'], allow: ['pull'] }] },
      'rules[0].image: a key that is not known',
    ],
    [{ default: 'pull' }, 'default: "pull"'],
  ])('%j is an issue', (access, issue) => {
    expect(issuesOf(access)).toEqual([`p access.${issue}`]);
  });
});
