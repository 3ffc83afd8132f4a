import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccessRule, Caller } from '@registry-cache/access';
import { createLogger } from '@registry-cache/runtime';
import { expect, it, onTestFinished } from 'vitest';
import { openCallerRights } from './access.ts';

const IMAGE = 'apps/team/app';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const BOB: Caller = { user: 'bob', groups: [], address: '10.0.0.1' };

async function openRights(rules: readonly AccessRule[], more: object = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'rights-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const names = { aliases: {}, library: [] };
  const policy = { groups: {}, default: [], rules, hasLogins: true, names, ...more };
  await writeFile(join(folder, 'access.json'), JSON.stringify({ policy, registries: {} }));
  return openCallerRights(join(folder, 'access.json'), createLogger('hosted', 'fatal'));
}

const MINE: AccessRule = { images: [`${IMAGE}:mine*`], users: ['bob'], allow: ['pull', 'push'] };
const HIDDEN: AccessRule = { images: [`${IMAGE}:secret`], users: ['bob'], deny: ['pull'] };
const ALL: AccessRule = { images: ['apps/**'], allow: ['pull', 'push'] };
const DROP_BOX: AccessRule = { images: ['apps/**'], allow: ['push'] };

it.each<[string, AccessRule[], string[], boolean]>([
  ['a tag of its own leads to', [MINE], ['mine-1', 'secret'], true],
  ['tags of others lead to', [MINE], ['secret'], false],
  ['no tag leads to, by rules with a tag', [MINE], [], false],
  ['only a hidden tag leads to', [ALL, HIDDEN], ['secret'], false],
  ['a tag leads to beside a hidden one', [ALL, HIDDEN], ['secret', 'v1'], true],
  ['no tag leads to, by a rule for all of it', [ALL, HIDDEN], [], true],
  ['a tag leads to, without rules with a tag', [DROP_BOX], ['v1'], true],
])('a client names a part that %s', async (_what, rules, tags, mayName) => {
  const { mayNamePart } = await openRights(rules);
  expect(await mayNamePart(BOB, IMAGE, DIGEST, async () => tags)).toBe(mayName);
});

it('a client that the edge does not name names nothing', async () => {
  const { mayNamePart } = await openRights([ALL]);
  expect(await mayNamePart(undefined, IMAGE, DIGEST, async () => [])).toBe(false);
});
