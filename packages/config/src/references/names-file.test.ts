import { unwrap } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { createServerCertificate } from '../certificate/create-server.ts';
import { parseSettings } from '../settings/parse.ts';
import { upstreamsOf } from '../testing/upstreams.ts';
import { describeNames, parseNames } from './names-file.ts';
import { resolveReference } from './resolve-reference.ts';

it('names of registries are the same after they were written to a file, which has no secret', async () => {
  const settings = unwrap(parseSettings({ ON_DEMAND_REGISTRIES: '*.gcr.io' }));
  const certificate = await createServerCertificate(['cache.example.com'], new Date());
  const json = JSON.stringify(
    describeNames({
      settings,
      certificate,
      upstreams: unwrap(upstreamsOf(['quay.io', 'quay.io/team', 'docker.io'])),
      hosted: { names: ['apps'] },
      onDemandKeys: [
        { host: '*.example.com', login: 'basic' },
        { host: '*.azurecr.io', cloud: 'azure', login: 'cloud' },
      ],
      hostNames: new Map(),
      defaultRegistry: 'docker.io',
    }),
  );
  expect(json).not.toContain('PRIVATE');
  const names = parseNames(json);
  const of = (text: string) => {
    const { upstream, isHosted, isOnDemand } = unwrap(resolveReference('REF', text, names));
    return upstream?.key ?? (isHosted ? 'hosted' : isOnDemand ? 'on demand' : 'nobody');
  };
  expect(
    [
      'redis',
      'quay.io/team/a',
      'cache.example.com/quay.io/a/b',
      'apps/a',
      'eu.gcr.io/a/b',
      'x.io/a',
      'eu.example.com/a',
      'x.azurecr.io/a',
      'x.y.azurecr.io/a',
    ].map(of),
  ).toEqual([
    'docker.io',
    'quay.io/team',
    'quay.io',
    'hosted',
    'on demand',
    'nobody',
    'on demand',
    'on demand',
    'nobody',
  ]);
});
