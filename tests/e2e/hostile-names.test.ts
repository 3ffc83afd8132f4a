import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { connect } from 'node:tls';
import { historyFile } from '@registry-cache/domain';
import {
  ANY_MANIFEST,
  type Appliance,
  createHttpClient,
  makeImage,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readHealth } from './inside.ts';
import { describeUpstreams, openStage, type Stage } from './stage.ts';

const REQUESTS = 100_000;
const CONNECTIONS = 8;
/** Requests on their way at once on a connection. */
const BATCH = 50;
/** So many of the names lead to an image, since the registry has every one. */
const PULLS = 2_000;
/** `CLEANER_MAXSIZE`; the history may take a hundredth of it, and 2 MiB at least. */
const HISTORY_BYTES = 2 * 1024 * 1024;
/** What a terminal would obey, or a reader would not see; line ends and tabs excepted. */
const HARMFUL = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u;
const HOSTILE = [
  '\x1b[31mred',
  '\x1b]0;title\x07',
  '\u202eexe.txt',
  '\u2066isolate',
  '\x9b2J',
  '\0null',
  '"quotes"},{"a":"',
  '%1b%5b31m',
  '<script>alert(1)</script>',
  "'; rm -rf /",
  '$(reboot)',
  '{{7*7}}',
  '../../etc/passwd',
  'a'.repeat(900),
];
/** Arguments of programs and lines of lists have neither. */
const WRITABLE = HOSTILE.filter((name) => !/[\0\n]/.test(name));
/** The storm has sent it as its id. */
const KNOWN_ID = 'a'.repeat(60);
const storeDir = await mkdtemp('/dev/shm/registry-cache-hostile-');
/** An OCI image layout with an image of each name, none of which has a manifest. */
const MAKE_LAYOUT = `mkdir -p /tmp/layout && cat >/tmp/layout/index.json <<'END' && echo '{"imageLayoutVersion":"1.0.0"}' >/tmp/layout/oci-layout
${formatIndex()}
END
true`;
let stage: Stage;
let appliance: Appliance;
let seriesBefore: number;

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  const host = stage.network.gateway;
  const everything = stage.use(await startFaultProxy({ host, upstream: upstream.url }));
  const { top } = makeImage({ seed: 'hostile names' });
  const headers = { 'content-type': top.mediaType, 'docker-content-digest': top.digest };
  everything.setRules({
    when: { kind: 'manifest' },
    do: { respond: { status: 200, headers, body: top.bytes } },
  });
  const described = describeUpstreams({
    'any.test': everything,
    'off.test': { url: upstream.url, offline: true },
  });
  appliance = await stage.appliance(
    {},
    {
      ...described,
      storeDir,
      policyYaml: JSON.stringify({
        ...JSON.parse(described.policyYaml),
        access: {
          default: ['pull', 'fetch'],
          rules: [{ images: ['any.test/refused/**'], deny: ['pull'], because: 'nobody may' }],
        },
      }),
      env: { CLEANER_MAXSIZE: '100M', PREFETCH: 'off' },
    },
  );
  await ask(formatHostile(0, 0));
  seriesBefore = await countSeries();
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, nth) => sendStorm(nth)));
  await pullMany();
  // Until the logger and the history have read what the storm has left.
  await until('the log has been read', async () => {
    const page = await readHealth(appliance, '/metrics');
    return Number(/^registry_cache_logger_lag_seconds (\S+)$/m.exec(page)?.[1]) === 0;
  });
}, 300_000);

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await rm(storeDir, { recursive: true });
});

/** Sends a part of the storm on one connection, and opens another where that is closed. */
async function sendStorm(nth: number): Promise<void> {
  for (let sent = 0; sent < REQUESTS / CONNECTIONS; sent += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, index) => formatHostile(nth, sent + index));
    await ask(...batch);
  }
}

/** Sends requests at once, and waits for the end of the connection. */
async function ask(...requests: string[]): Promise<void> {
  const { hostname, port } = new URL(appliance.url);
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'secureConnect');
  socket.resume();
  const last = 'GET /v2/ HTTP/1.1\r\nHost: cache\r\nConnection: close\r\n\r\n';
  socket.write(Buffer.from(requests.join('') + last, 'latin1'));
  await closed;
}

/** A request of which every name is new. Headers that no server accepts would end the connection. */
function formatHostile(nth: number, count: number): string {
  const odd = HOSTILE[count % HOSTILE.length] ?? '';
  const name = `n${nth}-${count}`;
  const escaped = encodeURIComponent(odd);
  const paths = [
    `/v2/registry-${name}.test/team/app/manifests/v1`,
    `/v2/off.test/team/${name}/manifests/${name}`,
    `/v2/off.test/${escaped}${name}/manifests/v1`,
    `/v2/team/app/manifests/${name}?ns=${escaped}${name}`,
    `/${escaped}/${name}`,
    `/v2/off.test/team/app/blobs/sha256:${count.toString(16).padStart(64, '0')}`,
  ];
  const agent = odd.replaceAll(/\p{Cc}|[^\0-\xff]/gu, '?');
  const lines = [
    `GET ${paths[count % paths.length]} HTTP/1.1`,
    'Host: cache',
    `User-Agent: ${agent} ${name}`,
    `X-Request-Id: ${agent.slice(0, 60)}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Pulls images of new names, all of which the registry has. */
async function pullMany(): Promise<void> {
  const pull = async (nth: number) => {
    await using client = createHttpClient({ url: appliance.url, trustAnyone: true });
    for (let count = nth; count < PULLS; count += CONNECTIONS) {
      const path = `/v2/any.test/team-${count}/app.${count}/manifests/v${count}`;
      await client.get(path, { headers: { accept: ANY_MANIFEST } });
      if (count % 100 === 0) await client.get(`/v2/any.test/refused/n${count}/manifests/v1`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, nth) => pull(nth)));
}

async function readOwn(): Promise<string[]> {
  const page = await readHealth(appliance, '/metrics');
  return page.split('\n').filter((line) => line.startsWith('registry_cache_'));
}

async function countSeries(): Promise<number> {
  return (await readOwn()).length;
}

describe(`after ${REQUESTS.toLocaleString('en')} hostile names, agents and references`, () => {
  it('all of them were seen', async () => {
    const values = await readOwn();
    const logged = Number(
      values.find((line) => line.startsWith('registry_cache_logger_lines_total '))?.split(' ')[1],
    );
    const page = await readHealth(appliance, '/metrics');
    const dropped = Number(/^haproxy_process_dropped_logs_total (\S+)$/m.exec(page)?.[1] ?? 0);
    expect(logged + dropped).toBeGreaterThanOrEqual(REQUESTS);
  });

  it('metrics have no more series than kinds of answers, and no text of a client', async () => {
    const values = await readOwn();
    // Kinds and outcomes of two upstreams and of none, with their histograms, came on the way.
    expect(values.length - seriesBefore).toBeLessThan(1_500);
    const labels = values.map((line) => line.split(' ').slice(0, -1).join(' ')).join('\n');
    expect(labels).not.toMatch(/n\d-\d|registry-n|script|team|app\./);
  });

  it('the history keeps to its size', async () => {
    const folder = dirname(historyFile(storeDir));
    // The list of images has a bound of its own, and `-shm` is SQLite's index of the log in memory.
    const kept = ['history.db', 'history.db-wal'];
    const names = (await readdir(folder)).filter((name) => kept.includes(name));
    const sizes = await Promise.all(
      names.map(async (name) => (await stat(`${folder}/${name}`)).size),
    );
    expect(names).not.toEqual([]);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(HISTORY_BYTES);
  });

  it.each([
    ['status'],
    ['saved'],
    ['upstreams'],
    ['fetches'],
    ['evictions'],
    ['ls'],
    ['ls', '--json'],
    ['pulls', 'any.test/team-7/app.7'],
    ['refusals'],
    ['refusals', '--json'],
    ['misses'],
    ['misses', '--json'],
    ['misses', '--upstream', `${HOSTILE[0]}`],
    ['explain', '--request', KNOWN_ID],
    ['explain', '--request', KNOWN_ID, '--json'],
    ['explain', '--request', `${HOSTILE[0]}`],
    ['pins'],
    ['check'],
    ['explain', `any.test/team/${HOSTILE[0]}`],
    ['ls', `${HOSTILE[2]}`],
    ['recheck', `any.test/${HOSTILE[4]}`],
    ['logs', '--lines', '5000'],
    ['logs', '--json', '--lines', '5000'],
    ['logs', '--audit', '--lines', '5000'],
  ])('`registry-cache %s %s` harms no terminal', async (...argv) => {
    const words = argv.filter((word) => word !== undefined);
    const { stdout, stderr } = await appliance.exec(['registry-cache', ...words]);
    expect(HARMFUL.exec(stdout + stderr)?.[0]).toBeUndefined();
  });

  it.each([
    ['a warmed list', 'printf "any.test/team/%s:v1\\n" "$@" | registry-cache warm --keep-going -'],
    [
      'a previewed list',
      'printf "any.test/team/%s:v1\\n" "$@" | registry-cache warm --dry-run --json -',
    ],
    ['a list of images of the storm', 'registry-cache ls --json | registry-cache warm --dry-run -'],
    ['an export', 'for name; do registry-cache export --out /tmp/out "any.test/$name:v1"; done'],
    ['an exported list', 'registry-cache export --out /tmp/out --list <(printf "%s\\n" "$@")'],
    ['an export of all', 'registry-cache export --out /tmp/all --all --json'],
    ['an import', 'for name; do registry-cache import "/tmp/$name"; done'],
    [
      'an import under another name',
      'for name; do registry-cache import --as "any.test/$name" /tmp/all; done',
    ],
    ['an imported layout', `${MAKE_LAYOUT}; registry-cache import --json /tmp/layout`],
    ['an imported tar', `${MAKE_LAYOUT}; tar -C /tmp/layout -c . | registry-cache import -`],
    ['the list of what ran', 'registry-cache jobs; registry-cache jobs --json'],
  ])('%s harms no terminal', async (_, script) => {
    const { stdout, stderr } = await appliance.exec(['bash', '-c', script, 'bash', ...WRITABLE]);
    const said = stdout + stderr;
    expect(said).not.toBe('');
    expect(HARMFUL.exec(said)?.[0]).toBeUndefined();
  });

  it('the log of the container harms none either', async () => {
    expect(HARMFUL.exec(await appliance.logs())?.[0]).toBeUndefined();
  });
});

function formatIndex(): string {
  const manifests = HOSTILE.map((name, index) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: `sha256:${index.toString(16).padStart(64, '0')}`,
    size: 100,
    annotations: { 'org.opencontainers.image.ref.name': `any.test/team/${name}:v1` },
  }));
  return JSON.stringify({ schemaVersion: 2, manifests });
}
