import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { chartValuesSchema } from '../../../packages/cli/src/docs/chart/schema.ts';
import { splitImage } from './chart-values.ts';
import { formatPullLogin } from './pull-login.ts';
import { isSecret, open, type Registered, runProgram } from './testing/run-program.ts';

const ROOT = join(import.meta.dirname, '../../..');
const HTPASSWD = 'cluster:$2y$10$2QK4Yo5Gx1a5Qv9cZb4x0uQw5m3x0vZ5Yb1r7sT9uV0wX1yZ2aB3C';

const PEER_LINE = 'a-line-of-the-replicas';

let registered: ReadonlyMap<string, Registered>;

beforeAll(async () => {
  registered = await runProgram(
    {
      'gcp:project': 'project-1',
      'registry-cache:registryNodePort': '30026',
      'registry-cache:registryHtpasswd': HTPASSWD,
      'registry-cache:registryLogin': 'cluster:pa:ss',
      'registry-cache:peerSecret': PEER_LINE,
      'registry-cache:upstream': 'us-central1-docker.pkg.dev',
      'registry-cache:image': 'registry.example.com:5000/tools/registry-cache:0.1.0',
      'registry-cache:googleServiceAccount': 'images@project-1.iam.gserviceaccount.com',
      'registry-cache:pullSecretNamespaces': '["apps", "jobs"]',
      'registry-cache:values': '{"nodes": {"client": "k3s"}, "replicas": 2}',
    },
    ['registry-cache', 'pull-secret-jobs'],
  );
});

describe('the program for Pulumi', () => {
  it("installs the chart with values that the chart's schema accepts", () => {
    const { type, inputs } = find('registry-cache');
    expect(type).toBe('kubernetes:helm.sh/v3:Release');
    expect(inputs.chart).toBe(join(ROOT, 'deploy/helm/registry-cache'));
    const defaults = parse(readFileSync(join(String(inputs.chart), 'values.yaml'), 'utf8'));
    const values = merge(defaults, inputs.values);
    expect(chartValuesSchema.safeParse(values).error).toBeUndefined();
    expect(values).toMatchObject({
      image: { repository: 'registry.example.com:5000/tools/registry-cache', tag: '0.1.0' },
      replicas: 2,
      service: { type: 'NodePort', nodePort: 30026 },
      policy: { upstreams: { 'us-central1-docker.pkg.dev': { credentials: 'google' } } },
      settings: { DEFAULT_REGISTRY: 'us-central1-docker.pkg.dev' },
      nodes: { enabled: true, client: 'k3s' },
      peers: { enabled: true, existingSecret: 'registry-cache-peers', key: 'secret' },
      htpasswd: { content: HTPASSWD },
    });
  });

  it('gives the replicas the secret that makes them one cache', () => {
    const { inputs } = find('peer-secret');
    expect(inputs).toMatchObject({
      metadata: { name: 'registry-cache-peers', namespace: 'registry-cache' },
    });
    const { secret } = open(inputs.stringData) as Record<string, unknown>;
    expect(open(secret)).toBe(PEER_LINE);
  });

  it('keeps the users, the login and the secret of the replicas secret', () => {
    for (const [, { inputs }] of registered) {
      const open = JSON.stringify(inputs, (_, value) => (isSecret(value) ? undefined : value));
      expect(open).not.toContain('$2y$');
      expect(open).not.toContain('pa:ss');
      expect(open).not.toContain(PEER_LINE);
      expect(open).not.toContain(Buffer.from('cluster:pa:ss').toString('base64'));
    }
  });

  it('lets the service account of the chart act as the one of Google', () => {
    expect(find('workload-identity').inputs).toEqual({
      serviceAccountId:
        'projects/project-1/serviceAccounts/images@project-1.iam.gserviceaccount.com',
      role: 'roles/iam.workloadIdentityUser',
      member: 'serviceAccount:project-1.svc.id.goog[registry-cache/registry-cache]',
    });
  });

  it.each(['apps', 'jobs'])('gives the namespace %s an image pull secret', (namespace) => {
    const { inputs } = find(`pull-secret-${namespace}`);
    expect(inputs).toMatchObject({
      metadata: { name: 'registry-cache-login', namespace },
      type: 'kubernetes.io/dockerconfigjson',
    });
    const { '.dockerconfigjson': text } = open(inputs.stringData) as Record<string, string>;
    expect(JSON.parse(String(open(text)))).toEqual({
      auths: { 'localhost:30026': { auth: Buffer.from('cluster:pa:ss').toString('base64') } },
    });
  });
});

it('names each key of its configuration in its README, and in Pulumi.prod.yaml what has no default', () => {
  const read = (path: string) => readFileSync(join(ROOT, 'deploy/pulumi', path), 'utf8');
  const code = read('src/settings.ts');
  const keys = [...code.matchAll(/config\.(require|get)\w*(?:<.*>)?\('(\w+)'/g)];
  expect(keys.length).toBeGreaterThan(8);
  for (const [, kind, key = ''] of keys) {
    expect(read('README.md')).toContain(`\`${key}\``);
    if (kind === 'require') expect(read('Pulumi.prod.yaml')).toContain(key);
  }
});

it.each(['registry.example.com/cache', 'cache', ''])(
  'refuses the image %s without a tag',
  (image) => {
    expect(() => splitImage(image)).toThrow(/accepted: one with a tag/);
  },
);

it('does not show a login that it refuses', () => {
  expect(() => formatPullLogin('localhost:1', 'password')).toThrow(/^registryLogin: accepted/);
});

function find(name: string): Registered {
  const found = registered.get(name);
  if (found === undefined) throw new Error(`${name} is missing in ${[...registered.keys()]}`);
  return found;
}

function merge(base: unknown, more: unknown): unknown {
  const [former, added] = [base, open(more)];
  if (!isObject(former) || !isObject(added)) return added === undefined ? former : added;
  const keys = new Set([...Object.keys(former), ...Object.keys(added)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(former[key], added[key])]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
