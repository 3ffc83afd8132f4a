import { expect, it, vi } from 'vitest';
import { compileAccess } from './decide.ts';
import { explainRights } from './explain.ts';
import type { AccessPolicy, AccessRule } from './policy.ts';
import { formatReason } from './verdict.ts';

const IMAGE = 'docker.io/library/redis';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const ANN = { user: 'ann', groups: [], address: '' };

async function explain(rules: readonly AccessRule[], reference: string, tags: string[] = []) {
  const names = { aliases: {}, library: ['docker.io'] };
  const policy: AccessPolicy = { groups: {}, default: [], rules, hasLogins: true, names };
  const findTags = vi.fn(async () => tags);
  const access = compileAccess(policy);
  const found = await explainRights(access, { caller: ANN, image: IMAGE, reference }, findTags);
  return {
    lines: found.verdicts.map(
      (one) => `${one.right} ${one.isAllowed ? 'yes' : 'no'} (${formatReason(one)})`,
    ),
    tags: found.tags,
    looks: findTags.mock.calls.length,
  };
}

it('says of each right whether it is given, by which rule and why', async () => {
  const rules: readonly AccessRule[] = [
    { images: ['**'], users: ['bob'], allow: ['push'] },
    { images: ['docker.io/**'], allow: ['pull', 'fetch'] },
    { images: [IMAGE], deny: ['fetch'], because: 'use valkey' },
  ];
  expect(await explain(rules, '7')).toEqual({
    lines: [
      'pull yes (rule 2)',
      'fetch no (rule 3: use valkey)',
      'push no (no rule allows it)',
      'delete no (no rule allows it)',
    ],
    tags: undefined,
    looks: 0,
  });
});

it('decides a digest by the tags that lead to it, and looks for them once', async () => {
  const rules: readonly AccessRule[] = [{ images: [`${IMAGE}:7*`], allow: ['pull', 'push'] }];
  expect(await explain(rules, DIGEST, ['7.2', 'latest'])).toEqual({
    lines: [
      'pull yes (rule 1)',
      'fetch no (no rule allows it)',
      'push yes (rule 1)',
      'delete no (no rule allows it)',
    ],
    tags: ['7.2', 'latest'],
    looks: 1,
  });
  expect((await explain(rules, DIGEST)).lines[0]).toBe('pull no (no rule allows it)');
  expect((await explain(rules, `${DIGEST.replace(':', '-')}.sig`, ['7.2'])).looks).toBe(1);
});
