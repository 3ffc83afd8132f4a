import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  createCertificateAuthority,
  createPodmanClient,
  createSkopeoClient,
  makeTemporaryFolder,
  type RegistryProcess,
  runCommand,
  runOrThrow,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, pushImage, type Stage } from './stage.ts';
import {
  askThrough,
  openTunnel,
  type ProxyAppliance,
  sendPieces,
  startProxy,
} from './through-proxy.ts';

let stage: Stage;
let registry: RegistryProcess;
let otherCa: string;
let proxy: ProxyAppliance;

beforeAll(async () => {
  stage = await openStage();
  const { gateway } = stage.network;
  registry = await stage.upstream();
  await pushImage(registry, 'team/app', 'v1', { seed: 'proxied' });
  await pushImage(registry, 'library/one', 'v1', { seed: 'hub' });
  const authority = await createCertificateAuthority();
  otherCa = authority.certificatePem;
  const tls = await authority.issue({ names: ['other.test', gateway] });
  await stage.upstream({ tls, port: 443 });
  const { url } = registry;
  proxy = await startProxy(
    stage,
    { 'reg.test': { url }, 'docker.io': { url }, 'part.test/team': { url } },
    {
      hosts: {
        'other.test': gateway,
        'loop.test': '127.0.0.1',
        'secret.test': gateway,
        'a.inner.test': gateway,
        'bench.test': '203.0.113.7',
      },
      env: {
        CONNECT_FORBIDDEN: 'secret.test *.inner.test 203.0.113.0/24',
        CONNECT_PORTS: '443 8443 3128',
      },
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('a registry of the pull secret', () => {
  it('serves pulls by its own name, cold and while the registry is down', async () => {
    const ca = await proxy.ca();
    await using skopeo = await createSkopeoClient({ ca, proxy: proxy.url });
    await using podman = await createPodmanClient({ ca, proxy: proxy.url });
    expect(await skopeo.copy('reg.test/team/app:v1')).toMatchObject({ exitCode: 0 });
    expect(await podman.pull('docker.io/library/one:v1')).toMatchObject({ exitCode: 0 });
    await registry.stop();
    try {
      await podman.removeImages();
      expect(await podman.pull('docker.io/library/one:v1')).toMatchObject({ exitCode: 0 });
      expect(await podman.pull('reg.test/team/app:v1')).toMatchObject({ exitCode: 0 });
    } finally {
      await registry.start();
    }
    const lines = await proxy.appliance.accessLog();
    expect(
      lines.filter(({ kind, cache }) => kind === 'blob' && cache === 'HIT').length,
    ).toBeGreaterThan(1);
    expect(new Set(lines.map(({ upstream }) => upstream))).toContain('reg.test');
  });

  it('has a certificate of the authority and h2, and answers for no other host', async () => {
    const ca = await proxy.ca();
    const found = await askThrough(proxy, 'reg.test:443', '/v2/', { ca });
    expect(found).toMatchObject({ status: 200, body: '{}' });
    const asOther = askThrough(proxy, 'reg.test:443', '/v2/', {
      ca,
      headers: { host: 'docker.io' },
    });
    expect(await asOther).toMatchObject({ status: 421 });
    await expect(askThrough(proxy, 'reg.test:443', '/v2/', { ca: otherCa })).rejects.toThrow();
  });

  it('has tag lists under its own name, and the log has the client’s address', async () => {
    const ca = await proxy.ca();
    await pushImage(registry, 'team/app', 'v2', { seed: 'proxied' });
    const path = '/v2/team/app/tags/list?n=1';
    const { headers } = await askThrough(proxy, 'reg.test:443', path, { ca });
    expect(headers.link).toMatch(/^<\/v2\/team\/app\/tags\/list\?/);
    // The client's address, not the proxy's. A line appears a moment after its answer.
    await expect
      .poll(async () => (await proxy.appliance.accessLog()).find(({ kind }) => kind === 'tags'))
      .toMatchObject({ upstream: 'reg.test', client: stage.network.gateway });
  });

  it('gets no pushes, and answers requests other than pulls by itself', async () => {
    const ca = await proxy.ca();
    const push = { ca, method: 'POST' };
    const refused = await askThrough(proxy, 'reg.test:443', '/v2/team/app/blobs/uploads/', push);
    expect(refused).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    const catalog = await askThrough(proxy, 'reg.test:443', '/v2/_catalog', { ca });
    expect(JSON.parse(catalog.body).repositories).toContain('team/app');
    // The appliance's own page must not appear here.
    const metrics = await askThrough(proxy, 'reg.test:443', '/metrics', { ca });
    expect(metrics.status).toBe(404);
  });

  it('gets requests passed on for a part of it that is not served here', async () => {
    const ca = await proxy.ca();
    const path = '/v2/library/one/tags/list';
    const foreign = await askThrough(proxy, 'part.test:443', path, { ca });
    expect(JSON.parse(foreign.body)).toEqual({ name: 'library/one', tags: ['v1'] });
    const served = await askThrough(proxy, 'part.test:443', '/v2/team/app/manifests/v1', { ca });
    expect(served.headers).toHaveProperty('x-cache');
  });
});

describe('another host', () => {
  it.each(['other.test:443', 'OTHER.test:443', 'other.test.:443'])(
    'is reached untouched as %s',
    async (target) => {
      const found = await askThrough(proxy, target, '/v2/', { ca: otherCa });
      expect(found).toMatchObject({ status: 200, body: '{}' });
    },
  );

  it('is reached by its address', async () => {
    const { status } = await openTunnel(proxy, `${stage.network.gateway}:443`);
    expect(status).toBe(200);
  });

  it.each([
    ['127.0.0.1', /may not be reached/],
    ['localhost', /may not be reached/],
    ['loop.test', /may not be reached/],
    ['[::1]', /may not be reached/],
    ['[::ffff:127.0.0.1]', /may not be reached/],
    ['[64:ff9b::7f00:1]', /may not be reached/],
    ['2130706433', /may not be reached/],
    ['0x7f.1', /may not be reached/],
    ['017700000001', /may not be reached/],
    ['0.0.0.0', /may not be reached/],
    ['169.254.169.254', /may not be reached/],
    ['2852039166', /may not be reached/],
    ['168.63.129.16', /may not be reached/],
    ['2822734096', /may not be reached/],
    ['100.100.100.200', /may not be reached/],
    ['[fd00:ec2::254]', /may not be reached/],
    ['[::ffff:168.63.129.16]', /may not be reached/],
    ['[fe80::1]', /may not be reached/],
    ['secret.test', /may not be reached/],
    ['secret.test.', /may not be reached/],
    ['a.inner.test', /may not be reached/],
    ['203.0.113.9', /may not be reached/],
    ['bench.test', /may not be reached/],
    ['[::ffff:203.0.113.9]', /may not be reached/],
  ])('is refused where it is forbidden: %s', async (host, reason) => {
    const { status, answer } = await openTunnel(proxy, `${host}:443`);
    expect(status).toBe(403);
    expect(answer).toMatch(reason);
  });

  it.each([8443, 3128])('is not the cache itself, at whatever address: port %i', async (port) => {
    const addresses = (await proxy.appliance.exec(['hostname', '-I'])).stdout.trim().split(/\s+/);
    expect(addresses.length).toBeGreaterThan(0);
    const hosts = addresses.map((address) => (address.includes(':') ? `[${address}]` : address));
    for (const host of [...hosts, `[::ffff:${addresses[0]}]`]) {
      const { status, answer } = await openTunnel(proxy, `${host}:${port}`);
      expect([status, answer]).toEqual([403, expect.stringContaining('may not be reached')]);
    }
  });

  it('is refused on another port, and reported when it cannot be reached', async () => {
    expect(await openTunnel(proxy, 'other.test:22')).toMatchObject({ status: 403 });
    expect(await openTunnel(proxy, 'nowhere.invalid:443')).toMatchObject({ status: 502 });
  });

  it('gets bytes that follow the head at once', async () => {
    const head = 'CONNECT other.test:443 HTTP/1.1\r\nHost: other.test\r\n\r\n';
    const { answer, socket } = await sendPieces(proxy.port, [`${head}GET / HTTP/1.0\r\n\r\n`]);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    // The reply of Go's TLS server to those bytes.
    expect(answer + (await text(socket))).toContain('HTTP request to an HTTPS server');
  });
});

describe('the proxy', () => {
  it('waits for a head that comes in pieces, and limits its size', async () => {
    const pieces = ['CONN', 'ECT reg.test:443 HTTP/1.1\r\n', 'Host: reg.test\r\n', '\r\n'];
    expect(await sendPieces(proxy.port, pieces)).toMatchObject({ status: 200 });
    const long = `CONNECT reg.test:443 HTTP/1.1\r\nX: ${'x'.repeat(90_000)}`;
    expect(await sendPieces(proxy.port, [`${long}\r\n\r\n`])).toMatchObject({ status: 431 });
    expect(await sendPieces(proxy.port, [long])).toMatchObject({ status: 431 });
    expect(await sendPieces(proxy.port, ['\x16\x03\x01'])).toMatchObject({ status: 0 });
  });

  it.each(['reg.test', 'reg.test:0443443', 'a b:443', '../etc:443', 'reg.test:443/x'])(
    'refuses a malformed target: %s',
    async (target) => {
      expect(await openTunnel(proxy, target)).toMatchObject({ status: 400 });
    },
  );

  it('explains its answers to plain HTTP and to unknown requests', async () => {
    const ask = (line: string, host = 'cache:3128') =>
      sendPieces(proxy.port, [`${line}\r\nHost: ${host}\r\n\r\n`]);
    expect(await ask('GET http://reg.test/ HTTP/1.1', 'reg.test')).toMatchObject({ status: 403 });
    expect(await ask('POST /ca.crt HTTP/1.1')).toMatchObject({ status: 405 });
    const { status, answer } = await ask('GET / HTTP/1.1');
    expect([status, answer]).toEqual([
      404,
      expect.stringContaining('HTTPS_PROXY=http://cache:3128'),
    ]);
  });

  it('logs a tunnel with its target', async () => {
    (await openTunnel(proxy, 'other.test:443')).socket.destroy();
    await expect
      .poll(
        async () => (await proxy.appliance.accessLog()).filter(({ kind }) => kind === 'tunnel'),
        {
          timeout: 15_000,
        },
      )
      .toContainEqual(
        expect.objectContaining({ path: 'other.test:443', status: 200, method: 'CONNECT' }),
      );
  });

  it('sets up a machine with systemd', async () => {
    const root = await makeTemporaryFolder('setup');
    stage.use({ [Symbol.asyncDispose]: root.remove });
    const anchors = join(root.path, 'usr/local/share/ca-certificates');
    const bin = join(root.path, 'bin');
    const calls = join(root.path, 'calls');
    await mkdir(anchors, { recursive: true });
    await mkdir(bin);
    for (const name of ['systemctl', 'update-ca-certificates']) {
      const script = `#!/bin/sh\necho "${name} $*" >>${calls}\n[ "$1 $2" != "cat crio" ]\n`;
      await writeFile(join(bin, name), script, { mode: 0o755 });
    }
    const argv = ['registry-cache', 'client', 'systemd', '--curl'];
    const address = `--address=${proxy.appliance.registry}`;
    const printed = await proxy.appliance.exec([...argv, address]);
    const env = {
      ROOT: root.path,
      PATH: `${bin}:${process.env.PATH}`,
      PROXY: 'http://alice:50%25@cache.test:3128',
      NO_PROXY: '',
    };
    // Runs the printed line. The script that it fetches came by TLS.
    const done = await runCommand('sh', ['-c', printed.stdout], { env });
    expect(done).toMatchObject({ exitCode: 0, stderr: '' });
    const made = await readFile(join(anchors, 'registry-cache-proxy.crt'), 'utf8');
    expect(made.trim()).toBe(await proxy.ca());
    const folder = join(root.path, 'etc/systemd/system/containerd.service.d');
    const dropIn = join(folder, 'registry-cache-proxy.conf');
    expect(await readFile(dropIn, 'utf8')).toMatch(
      /^\[Service\]\nEnvironment="HTTPS_PROXY=http:\/\/alice:50%%25@cache\.test:3128" "NO_PROXY=localhost,/,
    );
    expect((await stat(dropIn)).mode & 0o777).toBe(0o600);
    expect((await readFile(calls, 'utf8')).split('\n').slice(-4, -1)).toEqual([
      'systemctl daemon-reload',
      'systemctl restart docker',
      'systemctl restart containerd',
    ]);
  });

  it('warns in a script that came by plain HTTP that it is for kind clusters', async () => {
    const script = await runOrThrow('curl', ['-fsS', `${proxy.url}/setup/systemd`]);
    expect(script).toContain(`http://${new URL(proxy.url).host}}`);
    const { exitCode, stderr } = await runCommand('sh', ['-s'], {
      input: script,
      env: { ROOT: '/nowhere' },
    });
    expect(stderr).toContain('this came by plain HTTP, which is for the nodes of a kind cluster');
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('no folder for certificate')]);
  });

  it('keeps its authority over a restart, and keeps the key secret', async () => {
    const before = await proxy.ca();
    const key = join(proxy.caDir, 'ca.key');
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect(before).toContain(
      await readFile(join(proxy.caDir, 'ca.crt'), 'utf8').then((pem) => pem.trim()),
    );
    await proxy.appliance.restart();
    expect(await proxy.ca()).toBe(before);
    const { stdout } = await proxy.appliance.exec([
      'sh',
      '-c',
      'cat /run/registry-cache/etc/haproxy/*',
    ]);
    expect(stdout).toContain('frontend answered');
    expect(stdout).not.toContain((await readFile(key, 'utf8')).split('\n')[1]);
  });
});
