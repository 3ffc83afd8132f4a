import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEvent } from '@registry-cache/domain';
import { createLogger, listenOnSocket } from '@registry-cache/runtime';
import { expect, it, onTestFinished } from 'vitest';
import { fetchBundle } from '../client/fetch-bundle.ts';
import { sendBundle } from '../client/send-bundle.ts';
import { Commands } from '../commands/commands.ts';
import type { VerbInput } from '../contract/verbs.ts';
import { LOCAL_OPERATOR } from '../logins/operator.ts';
import { createAdminServer, type ServerDeps } from './server.ts';

/** A server whose command line is this code. It may write what it was asked to the file `asked`. */
async function serve(code: string, operator = LOCAL_OPERATOR) {
  const folder = mkdtempSync(join(tmpdir(), 'registry-cache-bundles-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [asked, program] = [join(folder, 'asked'), join(folder, 'program.mjs')];
  writeFileSync(
    program,
    `import { readFileSync, writeFileSync } from 'node:fs';
     const args = process.argv.slice(2);
     const note = (value) => writeFileSync(${JSON.stringify(asked)}, JSON.stringify(value));
     ${code}`,
  );
  const events: AuditEvent[] = [];
  const server = createAdminServer({
    options: { namesFile: '/names.json' },
    commands: new Commands([process.execPath, program]),
    audit: { record: (event: AuditEvent) => void events.push(event) },
    log: createLogger('admin', 'fatal', 'json'),
    findOperator: async () => operator,
  } as unknown as ServerDeps);
  const socketPath = join(folder, 'admin.sock');
  await listenOnSocket(server, { path: socketPath, mode: 0o600 });
  onTestFinished(() => void server.closeAllConnections());
  onTestFinished(() => void server.close());
  const readAsked = () => JSON.parse(readFileSync(asked, 'utf8'));
  /** The arguments that it was started with, once they are not `other`. */
  const untilAsked = async (other = '') => {
    const read = () => (existsSync(asked) ? readFileSync(asked, 'utf8') : '');
    while (read() === '' || read() === JSON.stringify(other)) await sleep(20);
    return readAsked();
  };
  return { place: { socketPath }, readAsked, untilAsked, events };
}

const ORDER: VerbInput<'export'> = {
  ...{ images: ['quay.io/team/app:v1'], all: false, docker: false, receipts: [] },
};
const LACKING = { image: 'quay.io/team/ünfit:v1', why: 'no layers' };
const SUMMARY = {
  ...{ digest: 'sha256:aa', images: 2, writtenBytes: 3_000_000, leftBlobs: 1, lacking: [LACKING] },
};
const WRITE_TAR = `
  note({ args, input: readFileSync(0, 'utf8') });
  process.stdout.write('x'.repeat(3_000_000), () => {
    console.error('registry-cache: left out something');
    console.error(${JSON.stringify(JSON.stringify(SUMMARY))});
    process.exitCode = 1;
  });`;

/** Takes a bundle, and tells what came of it. */
async function take(place: { socketPath: string }, order = ORDER) {
  const out = new PassThrough();
  const taken = text(out);
  const sizes: number[] = [];
  const sink = { out, onBytes: (bytes: number) => void sizes.push(bytes) };
  const outcome = await fetchBundle(order, sink, place).finally(() => out.end());
  return { outcome, tar: await taken, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

it('sends the tar of an export with its outcome behind it', async () => {
  const { place, readAsked, events } = await serve(WRITE_TAR);
  const { outcome, tar, bytes } = await take(place, { ...ORDER, receipts: ['a receipt'] });
  expect([tar.length, bytes]).toEqual([3_000_000, 3_000_000]);
  expect(outcome).toEqual({ ...SUMMARY, lackingImages: 1 });
  expect(readAsked()).toEqual({
    args: ['export', '--names', '/names.json', '--ordered', '--json', '--out', '-'],
    input: JSON.stringify({ images: ORDER.images, receipts: ['a receipt'] }),
  });
  expect(events).toMatchObject([{ event: 'change', user: 'operator' }]);
});

it('names the first of many images that lack something', async () => {
  const lacking = Array.from({ length: 5_000 }, () => LACKING);
  const summary = JSON.stringify({ ...SUMMARY, lacking });
  const { place } = await serve(`
    process.stdout.write('tar');
    console.error(${JSON.stringify(summary)});`);
  const { outcome } = await take(place);
  expect(outcome.lackingImages).toBe(5_000);
  expect(outcome.lacking.length).toBeGreaterThan(20);
  expect(outcome.lacking.length).toBeLessThan(200);
});

it('cuts the answer of an export that fails in the middle', async () => {
  const { place } = await serve(`
    process.stdout.write('half a tar', () => {
      console.error('registry-cache: a blob was lost');
      process.exit(1);
    });`);
  await expect(take(place)).rejects.toMatchObject({ code: 'TRANSFER_CUT' });
});

it('says why there is nothing to export', async () => {
  const { place } = await serve(`
    console.error('registry-cache: nothing to export: no image is whole here');
    process.exit(1);`);
  await expect(take(place)).rejects.toThrow('nothing to export: no image is whole here');
  await expect(take(place, { ...ORDER, images: [] })).rejects.toThrow(
    'images: found none; accepted: images, or all',
  );
  await expect(take(place, { ...ORDER, all: true })).rejects.toThrow('found 1 beside all');
  const delta = { ...ORDER, docker: true, receipts: ['x'] };
  await expect(take(place, delta)).rejects.toThrow('it without receipts');
});

it('ends an export when its client leaves', async () => {
  const { place, untilAsked } = await serve(`
    process.on('SIGTERM', () => { note('ended'); process.exit(); });
    process.stdout.on('error', () => undefined);
    process.stdout.write('x'.repeat(100));
    setInterval(() => undefined, 1_000);`);
  const leaving = new AbortController();
  const out = new PassThrough();
  const onBytes = () => leaving.abort();
  const taken = fetchBundle(ORDER, { out, onBytes, signal: leaving.signal }, place);
  await expect(taken).rejects.toMatchObject({ code: 'TRANSFER_CUT' });
  expect(await untilAsked()).toBe('ended');
});

const IMPORTED = {
  ...{ imported: ['quay.io/team/app:v1'], here: [], newBytes: 5, refused: [] },
  ...{ notServed: { 'x.test': 2 }, nameless: ['v1'] },
};
const TAKE_TAR = `
  import { text } from 'node:stream/consumers';
  import { Socket } from 'node:net';
  process.on('SIGTERM', () => { note('ended'); process.exit(); });
  note('started');
  const input = await text(process.stdin);
  const confirmed = await text(new Socket({ fd: 3 }));
  note({ args, bytes: input.length, confirmed });
  console.log(${JSON.stringify(JSON.stringify(IMPORTED))});
  process.exitCode = 1;`;

it('hands a bundle to the import, and confirms its end', async () => {
  const { place, readAsked, events } = await serve(TAKE_TAR);
  const bundle = Readable.from(
    Array.from({ length: 200 }, () => Buffer.alloc(20_000, 'x')),
    { objectMode: false },
  );
  const answer = await sendBundle({ as: 'quay.io/team/app', dryRun: true }, bundle, place);
  expect(answer).toEqual(IMPORTED);
  expect(readAsked()).toEqual({
    args: [
      ...['import', '--names', '/names.json', '--confirmed', '--json'],
      ...['--as=quay.io/team/app', '--dry-run', '-'],
    ],
    ...{ bytes: 4_000_000, confirmed: 'whole' },
  });
  expect(events).toMatchObject([
    { event: 'change', because: 'import {"as":"quay.io/team/app","dryRun":true}' },
  ]);
});

it('ends an import whose upload is cut, and confirms nothing', async () => {
  const { place, untilAsked } = await serve(TAKE_TAR);
  const headers = { 'content-type': 'application/x-tar', 'x-registry-cache': 'change' };
  const cut = request({ ...place, method: 'POST', path: '/api/v1/import', headers });
  cut.on('error', () => undefined);
  cut.write('half');
  expect(await untilAsked()).toBe('started');
  cut.destroy();
  const asked = await untilAsked('started');
  expect(asked === 'ended' || asked.confirmed === '').toBe(true);
});

it('says what is wrong with a bundle before its end', async () => {
  const { place } = await serve(`
    console.error('{"work":"import"}');
    console.error('registry-cache: standard input: more than 5 bytes, for which there is no room');
    process.exit(1);`);
  let sent = 0;
  async function* endless() {
    for (; sent < 100_000; sent += 1) {
      yield Buffer.alloc(100_000);
      await sleep(1);
    }
  }
  const bundle = Readable.from(endless(), { objectMode: false });
  await expect(sendBundle({ dryRun: false }, bundle, place)).rejects.toThrow(
    /: standard input: more than 5 bytes, for which there is no room$/,
  );
  expect(sent).toBeLessThan(100_000);
});

it('takes no bundle from those without the right, and none as JSON', async () => {
  const eve = { user: 'eve', address: '10.0.0.7', way: 'api', rights: new Set<never>() } as const;
  const { place, events } = await serve(TAKE_TAR, { ...eve, mayLogIn: true });
  const bundle = Readable.from([Buffer.from('tar')], { objectMode: false });
  await expect(sendBundle({ dryRun: false }, bundle, place)).rejects.toThrow(
    'eve may not ask for import: access.admin',
  );
  await expect(take(place)).rejects.toThrow('eve may not ask for export');
  expect(events).toMatchObject([{ because: 'the verb import' }, { because: 'the verb export' }]);
});

it('passes a failure of the file on', async () => {
  const { place } = await serve(TAKE_TAR);
  async function* broken() {
    yield Buffer.from('half');
    throw new Error('EIO: the disk is broken');
  }
  const bundle = Readable.from(broken(), { objectMode: false });
  await expect(sendBundle({ dryRun: false }, bundle, place)).rejects.toThrow(
    'EIO: the disk is broken',
  );
});
