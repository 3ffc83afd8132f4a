import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { BLOB, PATH, serveBlob } from '../testing/blob-origin.ts';
import { optionsIn, startFixture } from '../testing/egress-fixture.ts';
import { type OriginHandler, reply, startOrigin } from '../testing/origin.ts';
import { startTraceCollector } from '../testing/trace-collector.ts';

const METRIC = 'registry_cache_egress_spans_total';

/** Pulls a blob many times while a collector behaves in this way. */
async function pullBeside(handle: OriginHandler) {
  await using collector = await startTraceCollector(handle);
  await using origin = await startOrigin((seen, response) => serveBlob(seen, response));
  await using egress = await startFixture(origin.url, { options: collector.options() });
  for (let count = 0; count < 20; count += 1) {
    const headers = { 'x-request-id': `pull-${count}` };
    expect((await egress.ask(PATH, { headers })).body).toBe(BLOB.toString());
  }
  await expect.poll(() => collector.origin.seen.length, { timeout: 8_000 }).toBeGreaterThan(0);
  // The pulls go on while the collector has the spans.
  expect((await egress.ask(PATH, { headers: { 'x-request-id': 'later' } })).status).toBe(200);
  const page = await egress.ask('/metrics', { over: 'socket' });
  return { page: page.body, log: egress.log, seen: collector.origin.seen };
}

describe('pulls go on while the collector', () => {
  test('is silent', async () => {
    await pullBeside(() => undefined);
  });

  test('answers 503, which is counted and said once', async () => {
    const { log } = await pullBeside((_seen, response) => reply(response, 503, 'no'));
    await expect.poll(() => log.filter(({ msg }) => String(msg).includes('traces')).length).toBe(1);
    expect(log.find(({ msg }) => String(msg).includes('traces'))).toMatchObject({
      level: 40,
      err: expect.stringMatching(/answered 503; accepted: 200 to 299$/),
    });
  });

  test('answers without end', async () => {
    await pullBeside((_seen, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'.repeat(10_000)), 5);
      response.once('close', () => clearInterval(timer));
    });
  });

  test('sends clients elsewhere, where no span goes', async () => {
    await using other = await startOrigin((_seen, response) => reply(response, 200));
    await pullBeside((_seen, response) => reply(response, 307, '', { location: other.url }));
    expect(other.seen).toEqual([]);
  });

  test('is no HTTP server', async () => {
    const server = createServer((socket) => socket.end('\x1b[31mhello\r\n\r\n'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    await using origin = await startOrigin((seen, response) => serveBlob(seen, response));
    await using collector = await startTraceCollector();
    const options = collector.options({ url: `http://127.0.0.1:${port}/v1/traces` });
    await using egress = await startFixture(origin.url, { options });
    expect((await egress.ask(PATH, { headers: { 'x-request-id': 'one' } })).status).toBe(200);
    const metrics = async () => (await egress.ask('/metrics', { over: 'socket' })).body;
    await expect.poll(metrics, { timeout: 8_000 }).toMatch(`${METRIC}{outcome="failed"}`);
    server.close();
  });
});

test('the collector gets the headers of the file, and a changed file counts', async () => {
  await using collector = await startTraceCollector();
  await using origin = await startOrigin((seen, response) => serveBlob(seen, response));
  let headersFile = '';
  await using egress = await startFixture(origin.url, {
    prepare: async (dir) => {
      headersFile = join(dir, 'trace-headers.json');
      await writeFile(headersFile, '{"authorization":"Bearer first"}');
      const options = optionsIn(dir, origin.url, collector.options({ headersFile }));
      await writeFile(join(dir, 'options.json'), JSON.stringify(options));
    },
  });
  const seen = () => collector.origin.seen.map(({ headers }) => headers.authorization);
  await egress.ask(PATH, { headers: { 'x-request-id': 'one' } });
  await expect.poll(seen, { timeout: 8_000 }).toContain('Bearer first');
  await writeFile(headersFile, '{"authorization":"Bearer second-one"}');
  await egress.ask(PATH, { headers: { 'x-request-id': 'two' } });
  await expect.poll(seen, { timeout: 8_000 }).toContain('Bearer second-one');
  expect(JSON.stringify(egress.log)).not.toMatch(/Bearer (?:first|second)/);
  expect(collector.origin.seen[0]?.headers['content-type']).toBe('application/json');
});

/** Prints the modules of tracing that an egress with these options has loaded. */
const LIST_LOADED = `
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({
  resolve(name, context, next) {
    const found = next(name, context);
    if (found.url.includes('egress/src/traces/')) loaded.push(found.url);
    return found;
  },
});
const { startEgress } = await import(process.argv[1]);
const egress = await startEgress(process.argv[2]);
await egress.stop(0);
process.stdout.write('loaded ' + JSON.stringify(loaded) + '\\n');
`;

test('an egress without a collector loads no code of tracing', async () => {
  await using collector = await startTraceCollector();
  await using origin = await startOrigin((seen, response) => serveBlob(seen, response));
  const listLoaded = async (traces: object) => {
    await using egress = await startFixture(origin.url);
    const file = join(egress.dir, 'other.json');
    const socket = join(egress.dir, 'other.sock');
    await writeFile(
      file,
      JSON.stringify({ ...optionsIn(egress.dir, origin.url), socket, ...traces }),
    );
    const program = join(import.meta.dirname, '../egress.ts');
    const args = ['--input-type=module', '--eval', LIST_LOADED, program, file];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const line = stdout.split('\n').find((one) => one.startsWith('loaded ')) ?? '';
    return JSON.parse(line.slice('loaded '.length)) as string[];
  };
  expect(await listLoaded({})).toEqual([]);
  expect((await listLoaded(collector.options())).length).toBeGreaterThan(3);
});
