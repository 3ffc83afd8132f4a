import { dirname } from 'node:path';
import { ALIASES, FOREIGN_STORES, PUBLIC_REGISTRIES, SETTINGS } from '@registry-cache/config';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { listCode, listCodeBlocks, readDocuments, readText } from './documents.ts';

interface Probe {
  readonly exec?: { readonly command: readonly string[] };
  readonly httpGet?: { readonly path: string; readonly port: number };
}

interface PodSpec {
  readonly enableServiceLinks?: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly containers: readonly {
    readonly startupProbe?: Probe;
    readonly readinessProbe?: Probe;
    readonly livenessProbe?: Probe;
    readonly resources?: { readonly limits?: { readonly memory?: string } };
    readonly env: readonly { readonly name: string; readonly value: string }[];
    readonly ports: readonly { readonly containerPort: number }[];
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  }[];
  readonly volumes: readonly { readonly name: string }[];
}

/** The paths outside its container that the appliance uses. */
const MOUNT_PATHS = new Set([
  ...[SETTINGS.PULLSECRETPATH, SETTINGS.POLICYPATH, SETTINGS.REGISTRYDIR].map((one) => one.default),
  ...[SETTINGS.CERTIFICATEPATH, SETTINGS.REGISTRY_AUTH_HTPASSWD_PATH].map((one) =>
    dirname(one.default),
  ),
  SETTINGS.CA_DIR.default,
  ...FOREIGN_STORES,
  ...['/run', '/tmp'],
]);

/** The path in the image. The file is in supervisor/. */
const HEALTHY = '/usr/lib/registry-cache/supervisor/healthy';

describe.each(['deployment.yaml', 'docs/examples/kubernetes.yaml'])('%s', (path) => {
  const spec = readPodSpec(path);
  const { env, ports, volumeMounts } = spec.containers[0] ?? {
    env: [],
    ports: [],
    volumeMounts: [],
  };

  it('names only existing settings, with accepted values', () => {
    const issues = env.flatMap(({ name, value }) => {
      const setting = SETTINGS[name as keyof typeof SETTINGS];
      const parsed = setting?.parse(name, value);
      return parsed?.ok ? [] : [name];
    });
    expect(issues).toEqual([]);
  });

  it('mounts only paths that the appliance uses, each from a declared volume', () => {
    const paths = volumeMounts.map(({ mountPath }) => mountPath);
    const pointedTo = env.map(({ value }) => dirname(value));
    expect(paths.filter((one) => !MOUNT_PATHS.has(one) && !pointedTo.includes(one))).toEqual([]);
    expect(paths).toContain(SETTINGS.REGISTRYDIR.default);
    expect(volumeMounts.map(({ name }) => name).sort()).toEqual(
      spec.volumes.map(({ name }) => name).sort(),
    );
  });

  it('has probes that work with its HEALTH_LISTEN', () => {
    const { startupProbe, readinessProbe, livenessProbe } = spec.containers[0] ?? {};
    const listen = env.find(({ name }) => name === 'HEALTH_LISTEN')?.value;
    for (const [probe, page] of [
      [startupProbe, '/healthz'],
      [readinessProbe, '/readyz'],
      [livenessProbe, '/healthz'],
    ] as const) {
      // A kubelet cannot reach the loopback of a pod, but a command in the pod can.
      if (listen === undefined) expect(probe?.exec?.command).toEqual([HEALTHY, page]);
      else expect(probe?.httpGet).toEqual({ path: page, port: Number(listen.split(':').at(-1)) });
    }
  });

  it('has a memory limit, and gets no variables of Kubernetes services', () => {
    expect(spec.containers[0]?.resources?.limits?.memory).toMatch(/^[1-9]\d*[MG]i$/);
    expect(spec.enableServiceLinks).toBe(false);
  });

  it('exposes the port and has time to stop', () => {
    expect(ports).toContainEqual(expect.objectContaining({ containerPort: 8443 }));
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(10);
  });
});

it('the image and deployment.yaml use an existing script for their probes', () => {
  const script = HEALTHY.replace('/usr/lib/registry-cache/', '');
  expect(readText('images/Containerfile')).toContain(`CMD ["${HEALTHY}"]`);
  expect(readText(script)).toContain('/dev/tcp/');
});

it('commands that run the container use known paths and settings only', () => {
  const runs = readDocuments()
    .flatMap(listCodeBlocks)
    .flatMap(({ code }) => code.replaceAll('\\\n', ' ').match(/^podman run .*$/gm) ?? []);
  expect(runs.length).toBeGreaterThan(1);
  for (const run of runs) {
    const mounts = [...run.matchAll(/--volume \S+?:(\/[^:\s]*)/g)].map(([, path]) => path ?? '');
    // A folder of another cache has the place that the same command names.
    const isNamed = (path: string) => run.includes(` import --from-distribution ${path} `);
    // The folder of docs/airgap.md for bundles, and that of docs/replicas.md for the peers' secret.
    const documented = new Set(['/bundles', '/peers']);
    const isKnown = (path: string) =>
      MOUNT_PATHS.has(path) || documented.has(path) || isNamed(path);
    expect(mounts.filter((path) => !isKnown(path))).toEqual([]);
    const names = [...run.matchAll(/--env (\w+)=/g)].map(([, name]) => name ?? '');
    expect(names.filter((name) => !(name in SETTINGS || name in ALIASES))).toEqual([]);
  }
});

it('the commands of the documents name the container that deployment.yaml makes', () => {
  const [pod] = parseAllDocuments(readText('deployment.yaml')).map((one) => one.toJS());
  const name = `${pod.metadata.name}-${pod.spec.containers[0].name}`;
  const code = readDocuments().flatMap((document) =>
    listCode(document).map((text) => ({ path: document.path, text })),
  );
  const named = code
    .filter(({ path }) => path !== 'CHANGELOG.md')
    .flatMap(({ text }) => [...text.replaceAll('\\\n', ' ').matchAll(CONTAINER)])
    .flatMap(([, one = '', made = '']) => [one, made].filter((found) => found !== ''));
  expect(named.length).toBeGreaterThan(20);
  expect(new Set(named)).toEqual(new Set([name]));
});

it('docs/configuration.md names the public registries that are served', () => {
  const [, section = ''] = readText('docs/configuration.md').split('### Without a pull secret\n');
  const [sentence = ''] = section.split(', all anonymously');
  const named = [...sentence.matchAll(/`([a-z0-9-]+(?:\.[a-z0-9-]+)+)`/g)].map(([, name]) => name);
  expect(named).toEqual(PUBLIC_REGISTRIES);
});

/** The container in a podman command, or the name that `podman run` gives to a new one. */
const CONTAINER =
  /\bpodman (?:(?:exec|logs|cp|rm|inspect)(?: --[\w-]+(?: '[^']*'| \d+m)?)* (?!-)([\w…-]+)|run .*?--name ([\w-]+))/g;

function readPodSpec(path: string): PodSpec {
  const documents = parseAllDocuments(readText(path)).map((document) => document.toJS());
  const pod = documents.find(({ kind }) => kind === 'Pod' || kind === 'Deployment');
  return pod.kind === 'Pod' ? pod.spec : pod.spec.template.spec;
}
