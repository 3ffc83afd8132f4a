import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeTemporaryFolder, runOrThrow } from '@registry-cache/testbed';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import {
  CHART_GOLDENS,
  lint,
  MONITORING_KINDS,
  type PodSpec,
  parseRendered,
  refuse,
  renderChart,
  requireChartPrograms,
  validate,
  validateMonitoring,
} from './chart.ts';

/** The golden that docs/examples shows. */
const EXAMPLE = 'example';
const EXAMPLE_FILE = resolve(import.meta.dirname, '../../docs/examples/kubernetes.yaml');
const EXAMPLE_HEAD = `# registry-cache on Kubernetes, wholly unprivileged: what the chart deploy/helm/registry-cache renders
# from deploy/helm/golden/example/values.yaml. Run these before it:
#   kubectl create secret generic registry-cache-pull-secret --from-file=pull-secret.json
#   kubectl create secret tls registry-cache-certificate --cert=tls.crt --key=tls.key
# docs/kubernetes.md has more ways.
`;
const DOCUMENT = readFileSync(resolve(import.meta.dirname, '../../docs/kubernetes.md'), 'utf8');
const NODES = resolve(import.meta.dirname, '../../deploy/nodes');
/** Kinds of operators, whose schemas Kubernetes does not bring. */
const OTHERS_KINDS = ['Certificate', 'HTTPRoute', ...MONITORING_KINDS];

beforeAll(requireChartPrograms);

describe.each(readdirSync(CHART_GOLDENS))('the chart with the values of %s', (name) => {
  const values = join(CHART_GOLDENS, name, 'values.yaml');

  it('renders what was reviewed', async () => {
    await lint(values);
    const text = await renderChart('--values', values);
    if (name === EXAMPLE) {
      await expect(`${EXAMPLE_HEAD}${text}`).toMatchFileSnapshot(EXAMPLE_FILE);
    } else {
      await expect(text).toMatchFileSnapshot(join(CHART_GOLDENS, name, 'expected.yaml'));
    }
  });

  it('renders objects that Kubernetes accepts', async () => {
    const unknown = await validate(await renderChart('--values', values));
    expect(unknown.filter((kind) => !OTHERS_KINDS.includes(kind))).toEqual([]);
  });

  it('renders objects that the operator of Prometheus accepts', async () => {
    const objects = parseRendered(await renderChart('--values', values));
    const expected = await readMonitoringKinds(values);
    expect(validateMonitoring(objects)).toEqual(expected);
  });

  it('keeps the cache within the restricted Pod Security Standard', async () => {
    const pod = await findPod('Deployment', '--values', values);
    expect(findUnrestricted(pod)).toEqual([]);
    expect(pod.enableServiceLinks).toBe(false);
  });

  it('mounts each volume that it declares, and no other', async () => {
    for (const kind of ['Deployment', 'DaemonSet']) {
      const objects = parseRendered(await renderChart('--values', values));
      for (const { spec } of objects.filter((one) => one.kind === kind)) {
        const pod = spec?.template?.spec;
        const mounted = pod?.containers.flatMap(({ volumeMounts }) => volumeMounts) ?? [];
        expect(mounted.map((one) => one.name).sort()).toEqual(
          pod?.volumes.map((one) => one.name).sort(),
        );
        expect(pod?.enableServiceLinks).toBe(false);
      }
    }
  });
});

it('deploy/nodes has the DaemonSet for clusters without Helm', async () => {
  const only = ['--show-only', 'templates/nodes.yaml'];
  const text = await renderChart('--values', join(NODES, 'values.yaml'), ...only);
  const head =
    '# The DaemonSet of the chart with the values beside this file: docs/kubernetes.md.\n';
  await expect(`${head}${text}`).toMatchFileSnapshot(join(NODES, 'daemonset.yaml'));
  expect(await validate(text)).toEqual([]);
});

it('the defaults make a certificate for localhost and the names of the service', async () => {
  const objects = parseRendered(
    await renderChart('--set', 'certificate.names={cache.example.com}'),
  );
  const secret = objects.find(({ kind }) => kind === 'Secret');
  const { X509Certificate } = await import('node:crypto');
  const certificate = new X509Certificate(Buffer.from(secret?.data?.['tls.crt'] ?? '', 'base64'));
  for (const name of ['localhost', 'registry-cache.images.svc', 'cache.example.com']) {
    expect(certificate.checkHost(name)).toBe(name);
  }
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
});

it.each(['containerd', 'k3s', 'rke2', 'crio', 'docker'])(
  'nodes with %s get no right that they do not need',
  async (client) => {
    const set = `nodes.enabled=true,nodes.address=cache.example.com:8443,nodes.client=${client}`;
    const pod = await findPod('DaemonSet', '--set', set);
    expect(pod.containers[0]?.securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.hostPID ?? false).toBe(client === 'crio' || client === 'docker');
    // The private key stays with the cache.
    const volume = pod.volumes.find(({ name }) => name === 'certificate');
    expect(volume?.secret).toMatchObject({ items: [{ key: 'tls.crt', path: 'ca.crt' }] });
  },
);

describe('monitoring', () => {
  const on = ['--set', 'monitoring.enabled=true,monitoring.runbooks=https://git.example.com/x/'];

  it('has the alerts of deploy/prometheus, which Prometheus accepts', async () => {
    const rule = await findRule(...on);
    const own = readFileSync(resolve(import.meta.dirname, '../../deploy/prometheus/alerts.yaml'));
    const link = 'https://git.example.com/x/docs/alerts.md';
    expect(rule).toEqual(parse(own.toString().replaceAll('docs/alerts.md#', `${link}#`)));
    await using folder = await makeTemporaryFolder('rules');
    const file = join(folder.path, 'rules.yaml');
    await writeFile(file, stringify(rule));
    expect(await runOrThrow('promtool', ['check', 'rules', file])).toContain('SUCCESS');
  });

  it('reads what the Service of the replicas offers, by a name that the alerts ask for', async () => {
    const objects = parseRendered(await renderChart(...on));
    const monitor = objects.find(({ kind }) => kind === 'ServiceMonitor')?.spec as MonitorSpec;
    const wanted = Object.entries(monitor.selector.matchLabels);
    const services = objects.filter(
      ({ kind, metadata: { labels = {} } }) =>
        kind === 'Service' && wanted.every(([label, value]) => labels[label] === value),
    ) as unknown as readonly ServiceObject[];
    expect(services).toHaveLength(1);
    for (const { metadata, spec } of services) {
      expect(spec.ports.map(({ name }) => name)).toEqual(monitor.endpoints.map(({ port }) => port));
      expect(metadata.labels[monitor.jobLabel]).toBe('registry-cache');
    }
  });
});

describe('docs/kubernetes.md', () => {
  it('installs with the command that it shows', async () => {
    const [command = ''] = DOCUMENT.match(/^helm install (?:.*\\\n)*.*$/m) ?? [];
    const set = [...command.matchAll(/--set (\S+)/g)].flatMap(([, one = '']) => ['--set', one]);
    const files = [...command.matchAll(/--set-file (\S+?)=/g)].flatMap(([, one = '']) => [
      `--set-literal=${one}={"auths":{}}`,
    ]);
    expect(set.length).toBeGreaterThan(6);
    const kinds = parseRendered(await renderChart(...set, ...files)).map(({ kind }) => kind);
    expect(kinds).toContain('DaemonSet');
    expect(kinds.filter((kind) => kind === 'Secret')).toHaveLength(2);
  });

  it('has values that render', async () => {
    const blocks = [
      ...DOCUMENT.matchAll(/^```yaml\n((?:image|ingress|monitoring):[\s\S]*?)^```$/gm),
    ];
    expect(blocks).toHaveLength(3);
    await using folder = await makeTemporaryFolder('chart-values');
    for (const [index, [, text = '']] of blocks.entries()) {
      const file = join(folder.path, `${index}.yaml`);
      await writeFile(file, text);
      await lint(file);
      expect(parseRendered(await renderChart('--values', file)).length).toBeGreaterThan(5);
    }
  });
});

describe('values that cannot work are refused', () => {
  it.each([
    ['replicas=3', /replicas: 3, and store.persistent: true/],
    ['ingress.enabled=true', /TRUSTED_PROXIES is empty/],
    ['certificate.certManager.enabled=true', /issuerRef.name is empty/],
    ['pullSecret.existingSecret=a,pullSecret.content=b', /set one of them/],
    ['connectProxy.enabled=true', /connectProxy.existingSecret is empty/],
    ['nodes.enabled=true', /where nodes reach the cache/],
    ['nodes.address=[fd00::1]:8443', /address/],
    ['settings.CLEANER_MAXSIZ=10G', /CLEANER_MAXSIZ/],
    ['settings.HEALTH_LISTEN=:9', /HEALTH_LISTEN/],
    ['settings.PREFETCH=maybe', /'on', 'off'/],
    ['settings.EGRESS_PORT=70000', /EGRESS_PORT/],
    ['policy.upstreams.a.offlin=true', /offlin/],
    ['service.typ=NodePort', /typ/],
    ['monitoring.interval=soon', /interval/],
    ['monitoring.runbooks=docs', /runbooks/],
  ])('%s', async (set, reason) => {
    expect(await refuse('--set', set)).toMatch(reason);
  });
});

async function findPod(kind: string, ...args: readonly string[]): Promise<PodSpec> {
  const objects = parseRendered(await renderChart(...args));
  const pod = objects.find((one) => one.kind === kind)?.spec?.template?.spec;
  if (pod === undefined) throw new Error(`no ${kind} was rendered`);
  return pod;
}

interface MonitorSpec {
  readonly jobLabel: string;
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly endpoints: readonly { readonly port: string }[];
}

interface ServiceObject {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly ports: readonly { readonly name: string }[] };
}

async function findRule(...args: readonly string[]): Promise<unknown> {
  const objects = parseRendered(await renderChart(...args));
  return objects.find(({ kind }) => kind === 'PrometheusRule')?.spec;
}

/** The kinds that these values ask for, in the order of their names. */
async function readMonitoringKinds(file: string): Promise<string[]> {
  const { monitoring } = parse(await readFile(file, 'utf8')) as {
    readonly monitoring?: { readonly alerts?: boolean };
  };
  if (monitoring === undefined) return [];
  return monitoring.alerts === false ? ['ServiceMonitor'] : ['PrometheusRule', 'ServiceMonitor'];
}

/** What the level `restricted` refuses, by its table in the documentation of Kubernetes. */
function findUnrestricted(pod: PodSpec): string[] {
  const found: string[] = [];
  const { runAsNonRoot, runAsUser, seccompProfile } = pod.securityContext ?? {};
  if (pod.hostNetwork || pod.hostPID) found.push('namespaces of the host');
  if (runAsNonRoot !== true || runAsUser === 0) found.push('root');
  if (JSON.stringify(seccompProfile) !== '{"type":"RuntimeDefault"}') found.push('seccomp');
  const allowed = ['configMap', 'emptyDir', 'persistentVolumeClaim', 'projected', 'secret'];
  const kinds = pod.volumes.flatMap((volume) =>
    Object.keys(volume).filter((key) => key !== 'name'),
  );
  found.push(...kinds.filter((kind) => !allowed.includes(kind)));
  for (const { securityContext } of pod.containers) {
    if (securityContext?.allowPrivilegeEscalation !== false) found.push('privilege escalation');
    if (JSON.stringify(securityContext?.capabilities) !== '{"drop":["ALL"]}') {
      found.push('capabilities');
    }
  }
  return found;
}
