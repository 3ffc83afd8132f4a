import { describe, expect, it } from 'vitest';
import { parsePolicy } from './parse.ts';
import { policySchema } from './schema.ts';

const FILE = '/registry-cache.yaml';

describe('parsePolicy', () => {
  it('gives each upstream under its normal key', () => {
    const parsed = parsePolicy(
      FILE,
      'upstreams:\n  https://index.docker.io/v1/:\n    url: http://10.0.0.1:5000\n    aliases: [hub]\n',
    );
    expect(parsed.ok && [...parsed.value.upstreams]).toEqual([
      ['docker.io', { url: 'http://10.0.0.1:5000', aliases: ['hub'] }],
    ]);
  });

  it.each([
    'https://reg.example.com',
    'http://reg.example.com:5000/',
    'https://artifactory.example.com/docker-remote',
    'https://harbor.example.com/v2/a/b/',
    'https://[fd00::10]:5000/x',
  ])('accepts %s as url and as a mirror', (url) => {
    const policy = { upstreams: { 'quay.io': { url, mirrors: [url] } } };
    expect(parsePolicy(FILE, JSON.stringify(policy)).ok).toBe(true);
  });

  it.each([
    'reg.example.com',
    'https://reg.example.com/UPPER',
    'https://reg.example.com/a/../b',
    'https://reg.example.com/a?b',
    'https://user:secret@reg.example.com',
    'https://fd00::10',
    'https://reg.example.com:99999',
    'https://256.1.1.1',
    'https://[:::]',
  ])('refuses %s as both', (url) => {
    const policy = { upstreams: { 'quay.io': { url, mirrors: [url] } } };
    const parsed = parsePolicy(FILE, JSON.stringify(policy));
    const paths = parsed.ok ? [] : parsed.issues.map(({ path }) => path);
    expect(paths).toEqual([
      `${FILE} upstreams["quay.io"].url`,
      `${FILE} upstreams["quay.io"].mirrors[0]`,
    ]);
  });

  it('never quotes a private key that is given in place of its path', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nTUlHSEFnRUFNQk1HQnlxR1NNNDlBZ0VHQ0NxR1NNNDk=\n';
    const clientCertificate = { cert: '/client.pem', key };
    const policy = { upstreams: { 'quay.io': { clientCertificate } } };
    const parsed = parsePolicy(FILE, JSON.stringify(policy));
    expect(parsed.ok ? [] : parsed.issues.map(({ found }) => found)).toEqual(['PEM text']);
  });

  it('accepts an empty file as an empty policy', () => {
    const parsed = parsePolicy(FILE, '\n# nothing yet\n');
    expect(parsed.ok && parsed.value.upstreams.size).toBe(0);
  });

  it('reports all issues with their paths, and unknown keys with the known ones', () => {
    const parsed = parsePolicy(
      FILE,
      'upstreams:\n  quay.io:\n    ulr: https://a\n    url: ftp://a\n    ca: relative.pem\nupstream: {}\n',
    );
    const issues = parsed.ok ? [] : parsed.issues;
    expect(issues.map(({ path, found }) => [path, found])).toEqual([
      [`${FILE} upstreams["quay.io"].url`, '"ftp://a"'],
      [`${FILE} upstreams["quay.io"].ca`, '"relative.pem"'],
      [`${FILE} upstreams["quay.io"].ulr`, 'a key that is not known'],
      [`${FILE} upstream`, 'a key that is not known'],
    ]);
    expect(issues[2]?.accepted).toMatch(
      /^url, ca, .*aliases, .*limits, tags, .*prefetch, mirrors, .*clientCertificate$/,
    );
    expect(issues[3]?.accepted).toBe(
      'upstreams, access, authentication, hosted, trust, admission, warm',
    );
  });

  it('reads limits, and names a bad one by its path', () => {
    const of = (limits: string) => parsePolicy(FILE, `upstreams: {quay.io: {limits: ${limits}}}`);
    const good = of('{connections: 4, bytesPerSecond: 20MB}');
    expect(good.ok && good.value.upstreams.get('quay.io')?.limits).toEqual({
      connections: 4,
      bytesPerSecond: 20_000_000,
    });
    const bad = of('{connections: 1, bytesPerSecond: fast, bytes: 1}');
    expect(bad.ok ? [] : bad.issues).toEqual([
      {
        path: `${FILE} upstreams["quay.io"].limits.connections`,
        found: '1',
        accepted: 'a whole number from 2',
      },
      {
        path: `${FILE} upstreams["quay.io"].limits.bytesPerSecond`,
        found: '"fast"',
        accepted: 'a size, such as 20MB',
      },
      {
        path: `${FILE} upstreams["quay.io"].limits.bytes`,
        found: 'a key that is not known',
        accepted: 'connections, requestsPerSecond, bytesPerSecond',
      },
    ]);
  });

  it('accepts hosts, networks and addresses as storage hosts, and refuses ambiguous texts', () => {
    const of = (host: string) => {
      const text = JSON.stringify({ upstreams: { 'quay.io': { storageHosts: [host] } } });
      return parsePolicy(FILE, text).ok;
    };
    const good = ['s3.internal', '*.example.com', 'minio', '10.0.0.5', '10.0.0.0/8', 'fd00::/8'];
    expect(good.filter((host) => !of(host))).toEqual([]);
    const bad = [
      '*',
      '*.',
      '10.0.0.0/33',
      'fd00::/129',
      '10.0.0',
      's3:9000',
      'https://s3',
      'a b',
      '',
    ];
    expect(bad.filter(of)).toEqual([]);
  });

  it('checks the tiers of tags as well', () => {
    const parsed = parsePolicy(
      FILE,
      'upstreams: {quay.io: {tags: {primary: {regex: "(", tim: 1h}, default: soon, deleted: x}}}',
    );
    const issues = parsed.ok ? [] : parsed.issues;
    expect(issues.map(({ path, accepted }) => [path, accepted])).toEqual([
      [`${FILE} upstreams["quay.io"].tags.primary.regex`, expect.stringMatching(/^a regular/)],
      [`${FILE} upstreams["quay.io"].tags.primary.tim`, 'regex, time'],
      [`${FILE} upstreams["quay.io"].tags.default`, expect.stringMatching(/^a duration/)],
      [`${FILE} upstreams["quay.io"].tags.deleted`, 'drop or keep'],
    ]);
  });

  it('says in its own words what is accepted, for any kind of value', () => {
    const found = Object.keys(policySchema.shape.upstreams.unwrap().valueType.shape).flatMap(
      (key) =>
        [7, 'UP', [7], { x: 1 }, null].flatMap((value) => {
          const text = JSON.stringify({ upstreams: { 'quay.io': { [key]: value } } });
          const parsed = parsePolicy(FILE, text);
          return parsed.ok ? [] : parsed.issues;
        }),
    );
    expect(found.length).toBeGreaterThan(40);
    expect(found.filter(({ accepted }) => /invalid|expected/i.test(accepted))).toEqual([]);
  });

  it.each([
    ['timeouts: {connect: 10}', /^a duration/],
    ['storageHosts: 10.0.0.0/8', /^a list/],
    ['tags: 1h', /^a mapping with the keys enabled, primary/],
  ])('says for %s what is accepted there', (entry, accepted) => {
    const parsed = parsePolicy(FILE, `upstreams: {quay.io: {${entry}}}`);
    expect(parsed.ok ? [] : parsed.issues.map((issue) => issue.accepted)).toEqual([
      expect.stringMatching(accepted),
    ]);
  });

  it.each(['upstreams: [', 'a: 1\na: 2', 'upstreams: 7', '- x', 'upstreams: {"a b": {}}'])(
    'refuses %j',
    (text) => {
      expect(parsePolicy(FILE, text).ok).toBe(false);
    },
  );
});
