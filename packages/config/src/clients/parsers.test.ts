import { parse as parseToml } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { CLIENTS } from './clients.ts';
import type { ClientSetup } from './setup.ts';

/** The parsers of names refuse such characters. The files could hold them. */
const ODD = `o"d'd \\ $(x) \`y\` %z {{q}} #`;
const ADDRESS = `cache${ODD}:8443`;
const SETUP: ClientSetup = {
  address: ADDRESS,
  registries: [
    { key: 'docker.io', host: 'docker.io', prefix: 'docker.io', isOffline: false },
    { key: `${ODD}:5000/org`, host: `${ODD}:5000`, prefix: `${ODD}_5000/org`, isOffline: false },
  ],
  ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  isHub: true,
  hasLogin: true,
};

function fileOf(client: string, path: string): string {
  const { files = [] } = CLIENTS[client]?.plan(SETUP) ?? {};
  return files.find((file) => file.path === path)?.content ?? `no ${path}`;
}

describe('the files, read by real parsers', () => {
  it.each(['podman', 'crio'])('%s: each registry with its mirror', (client) => {
    const path = '/etc/containers/registries.conf.d/50-registry-cache.conf';
    expect(parseToml(fileOf(client, path))).toEqual({
      registry: [
        {
          prefix: 'docker.io',
          location: 'docker.io',
          mirror: [{ location: `${ADDRESS}/docker.io` }],
        },
        {
          prefix: `${ODD}:5000/org`,
          location: `${ODD}:5000/org`,
          mirror: [{ location: `${ADDRESS}/${ODD}_5000/org` }],
        },
      ],
    });
  });

  it('containerd: a host for each registry, and the folder of those hosts', () => {
    const certs = '/etc/containerd/certs.d';
    const capabilities = ['pull', 'resolve'];
    const ca = `${certs}/${ADDRESS}/ca.crt`;
    expect(parseToml(fileOf('containerd', `${certs}/${ODD}:5000/hosts.toml`))).toEqual({
      server: `https://${ODD}:5000`,
      host: {
        [`https://${ADDRESS}/v2/${ODD}_5000`]: { capabilities, ca, override_path: true },
      },
    });
    expect(parseToml(fileOf('containerd-default', `${certs}/_default/hosts.toml`))).toEqual({
      host: { [`https://${ADDRESS}`]: { capabilities, ca } },
    });
    expect(parseToml(fileOf('containerd', '/etc/containerd/config.toml'))).toEqual({
      version: 2,
      plugins: { 'io.containerd.grpc.v1.cri': { registry: { config_path: certs } } },
    });
  });

  it('docker: the mirror for Docker Hub, and hosts for the others', () => {
    expect(JSON.parse(fileOf('docker', '/etc/docker/daemon.json'))).toEqual({
      'registry-mirrors': [`https://${ADDRESS}`],
    });
    expect(parseToml(fileOf('docker', `/etc/docker/certs.d/${ODD}:5000/hosts.toml`))).toMatchObject(
      {
        server: `https://${ODD}:5000`,
      },
    );
  });

  it('k3s: an endpoint for each registry, and the trust of the cache', () => {
    expect(parseYaml(fileOf('k3s', '/etc/rancher/k3s/registries.yaml'))).toEqual({
      mirrors: {
        'docker.io': { endpoint: [`https://${ADDRESS}`] },
        [`${ODD}:5000`]: { endpoint: [`https://${ADDRESS}`] },
      },
      configs: { [ADDRESS]: { tls: { ca_file: '/etc/rancher/k3s/registry-cache-ca.crt' } } },
    });
  });

  it('kind: a cluster whose containerd looks into the folder', () => {
    const cluster = parseYaml(fileOf('kind', '/kind.yaml'));
    expect(cluster).toMatchObject({ kind: 'Cluster', apiVersion: 'kind.x-k8s.io/v1alpha4' });
    const [patch] = cluster.containerdConfigPatches;
    expect(parseToml(patch)).toEqual({
      plugins: {
        'io.containerd.grpc.v1.cri': { registry: { config_path: '/etc/containerd/certs.d' } },
      },
    });
  });
});

describe('openshift', () => {
  /** Of the two CustomResourceDefinitions; a source may begin with `*.` too. */
  const LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
  const PLACE = new RegExp(
    `^${LABEL}(?:\\.${LABEL})*(?::[0-9]+)?(?:/[a-z0-9]+(?:(?:[._]|__|-*)[a-z0-9]+)*)*$`,
  );
  const registries = [
    { key: 'docker.io', host: 'docker.io', prefix: 'docker.io', isOffline: false },
    {
      key: 'reg.test:5000/org',
      host: 'reg.test:5000',
      prefix: 'reg.test_5000/org',
      isOffline: true,
    },
  ];
  const objectsOf = (setup: ClientSetup) =>
    (CLIENTS.openshift?.plan(setup).files ?? []).map(({ content }) => parseYaml(content));

  it('mirrors each registry by digest and by tag, as the definitions of both sets allow', () => {
    const [byDigest, byTag] = objectsOf({ ...SETUP, address: 'cache.test:8443', registries });
    const apiVersion = 'config.openshift.io/v1';
    const metadata = { name: 'registry-cache' };
    const mirrors = [
      {
        source: 'docker.io',
        mirrors: ['cache.test:8443/docker.io'],
        mirrorSourcePolicy: 'AllowContactingSource',
      },
      {
        source: 'reg.test:5000/org',
        mirrors: ['cache.test:8443/reg.test_5000/org'],
        mirrorSourcePolicy: 'NeverContactSource',
      },
    ];
    const kinds = ['ImageDigestMirrorSet', 'ImageTagMirrorSet'];
    expect([byDigest, byTag]).toEqual([
      { apiVersion, kind: kinds[0], metadata, spec: { imageDigestMirrors: mirrors } },
      { apiVersion, kind: kinds[1], metadata, spec: { imageTagMirrors: mirrors } },
    ]);
    for (const { source, mirrors: places } of mirrors) {
      for (const place of [source, ...places]) expect(place).toMatch(PLACE);
    }
  });

  it('trusts the cache under a key that a ConfigMap can have', () => {
    const [, , trust, config] = objectsOf({ ...SETUP, address: 'cache.test:8443', registries });
    expect(trust).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'registry-cache', namespace: 'openshift-config' },
      data: { 'cache.test..8443': SETUP.ca },
    });
    expect(config).toMatchObject({
      kind: 'Image',
      metadata: { name: 'cluster' },
      spec: { additionalTrustedCA: { name: 'registry-cache' } },
    });
  });

  it('takes names with odd characters, and no registry at all', () => {
    const [byDigest] = objectsOf(SETUP);
    expect(byDigest.spec.imageDigestMirrors[1].source).toBe(`${ODD}:5000/org`);
    expect(objectsOf({ ...SETUP, registries: [] })[1].spec).toEqual({ imageTagMirrors: [] });
  });
});

describe('the commented login is right once it is uncommented', () => {
  /** Like a person with an editor. */
  const uncomment = (text: string) =>
    text.replace(/^( *)# (\[|auth:| +[A-Za-z]+(:|\s=))/gm, '$1$2');

  it('in hosts.toml', () => {
    const path = '/etc/containerd/certs.d/docker.io/hosts.toml';
    const { host } = parseToml(uncomment(fileOf('containerd', path)));
    expect(host).toMatchObject({
      [`https://${ADDRESS}/v2/docker.io`]: { header: { Authorization: ['Basic BASE64'] } },
    });
  });

  it('in registries.yaml', () => {
    const text = uncomment(fileOf('k3s', '/etc/rancher/k3s/registries.yaml'));
    expect(parseYaml(text).configs[ADDRESS]).toEqual({
      tls: { ca_file: '/etc/rancher/k3s/registry-cache-ca.crt' },
      auth: { username: 'USER', password: 'PASSWORD' },
    });
  });
});
