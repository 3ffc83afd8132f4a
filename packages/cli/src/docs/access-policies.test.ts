import { type Caller, compileAccess, type Right } from '@registry-cache/access';
import { parsePolicy } from '@registry-cache/config';
import { unwrap } from '@registry-cache/domain';
import { describe, expect, it } from 'vitest';
import { listCodeBlocks, readDocuments } from './documents.ts';

/** The policies of docs/access.md by the last word of their block. */
const policies = new Map(
  readDocuments()
    .filter(({ path }) => path === 'docs/access.md')
    .flatMap(listCodeBlocks)
    .filter(({ info }) => info.startsWith('yaml policy '))
    .map(({ info, code }) => [info.split(' ')[2], unwrap(parsePolicy('example', code))]),
);

function accessOf(name: string) {
  const spec = policies.get(name)?.access;
  if (spec === undefined) throw new Error(`docs/access.md has no policy ${name}`);
  return compileAccess({
    groups: spec.groups ?? {},
    anonymous: spec.anonymous,
    default: spec.default ?? [],
    rules: spec.rules ?? [],
    hasLogins: true,
    names: { aliases: {}, library: ['docker.io'] },
  });
}

/** The rights of a caller for an image by its tag. */
function rightsOf(name: string, user: string | undefined, reference: string): string {
  const caller: Caller = { user, groups: [], address: '10.0.0.1' };
  const [image = '', tag = ''] = reference.split(':');
  const scope = accessOf(name).scope(caller, image);
  const rights: Right[] = ['pull', 'fetch', 'push'];
  return rights.filter((right) => scope.decide(right, { kind: 'tag', tag }).isAllowed).join(' ');
}

describe('the policies of docs/access.md', () => {
  it('are five', () => {
    expect([...policies.keys()]).toEqual([
      'everything',
      'allowed',
      'operators',
      'own-right',
      'signed',
    ]);
  });

  it.each([
    ['everything', 'ann', 'quay.io/a:1', 'pull fetch'],
    ['allowed', 'ann', 'docker.io/library/mariadb:11', 'pull fetch'],
    ['allowed', 'ann', 'docker.io/library/mariadb:10.6', ''],
    ['allowed', 'ann', 'quay.io/prometheus/node-exporter:v1', 'pull fetch'],
    ['allowed', 'ann', 'docker.io/library/redis:7', ''],
    ['operators', 'ann', 'quay.io/a:1', 'pull fetch'],
    ['operators', 'bob', 'quay.io/a:1', 'pull'],
    ['operators', undefined, 'quay.io/a:1', 'pull'],
  ])('%s: %s, %s: %s', (name, user, reference, rights) => {
    expect(rightsOf(name, user, reference)).toBe(rights);
  });

  it('turn on the right of each client, and signatures', () => {
    const own = policies.get('own-right')?.upstreams.get('registry.example.com');
    expect(own).toMatchObject({ authorize: 'upstream' });
    expect(policies.get('signed')?.trust).toMatchObject([{ images: ['ghcr.io/org/**'] }]);
  });
});
