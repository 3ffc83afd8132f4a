import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNameServer } from '../../testing/name-server.ts';
import { findInHosts } from './hosts-file.ts';
import { resolveName } from './resolve-name.ts';
import { listFullNames } from './search-list.ts';

let dir: string;
const files = () => ({ hostsFile: join(dir, 'hosts'), resolvConf: join(dir, 'resolv.conf') });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'names-'));
  await writeFile(files().hostsFile, '10.0.0.1 cache.test # of the tests\n');
  await writeFile(files().resolvConf, 'search below.test\n');
});
afterAll(() => rm(dir, { recursive: true }));

describe('resolveApart', () => {
  it('finds addresses of both families, and names below the search list', async () => {
    await using server = await startNameServer({
      'full.test': { a: ['203.0.113.1'], aaaa: ['2001:db8::1'] },
      'short.below.test': { a: ['203.0.113.2'] },
    });
    const options = { ...files(), servers: [server.address], limitMs: 5_000 };
    expect(await resolveName('full.test', options)).toEqual([
      { address: '203.0.113.1', family: 4 },
      { address: '2001:db8::1', family: 6 },
    ]);
    expect(await resolveName('short', options)).toEqual([{ address: '203.0.113.2', family: 4 }]);
    await expect(resolveName('none.test', options)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('does not wait for a family if the server sends nothing for it', async () => {
    await using server = await startNameServer({
      'half.test': { a: ['203.0.113.1'], aaaa: 'silent' },
    });
    const options = { ...files(), servers: [server.address], limitMs: 60_000 };
    const found = [{ address: '203.0.113.1', family: 4 }];
    expect(await resolveName('half.test', options)).toEqual(found);
  });

  it('asks no server for names in the hosts file and for localhost', async () => {
    const options = { ...files(), servers: ['127.0.0.1:1'], limitMs: 5_000 };
    const found = [{ address: '10.0.0.1', family: 4 }];
    expect(await resolveName('Cache.test.', options)).toEqual(found);
    const local = await resolveName('a.localhost', options);
    expect(local.map(({ address }) => address)).toEqual(['127.0.0.1', '::1']);
  });

  it('fails on a silent server when the time is over', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const servers = [`127.0.0.1:${silent.address().port}`];
    const asked = resolveName('dead.test', { ...files(), servers, limitMs: 100 });
    await expect(asked).rejects.toMatchObject({ code: 'ETIMEOUT' });
    silent.close();
  });
});

describe('findInHosts', () => {
  it('reads every line of a name, and ignores comments and broken lines', () => {
    const lines = ['127.0.0.1 localhost', '#1.1.1.1 a.test', '::1 b A.test', 'x a.test'];
    const text = [...lines, '10.0.0.1\ta.test # 2', ''].join('\n');
    expect(findInHosts(text, 'a.test')).toEqual([
      { address: '::1', family: 6 },
      { address: '10.0.0.1', family: 4 },
    ]);
    expect(findInHosts(text, '2')).toEqual([]);
  });
});

describe('listFullNames', () => {
  it.each([
    ['', 'a', ['a']],
    ['search x.test y.test', 'a', ['a.x.test', 'a.y.test', 'a']],
    ['search x.test', 'a.b', ['a.b', 'a.b.x.test']],
    ['search x.test', 'a.b.', ['a.b']],
    ['search x.test\noptions timeout:1 ndots:3', 'a.b', ['a.b.x.test', 'a.b']],
    ['search x.test\nsearch y.test.', 'a', ['a.y.test', 'a']],
    ['domain x.test', 'a', ['a.x.test', 'a']],
  ])('%j turns %s into %j', (resolvConf, name, expected) => {
    expect(listFullNames(resolvConf, name)).toEqual(expected);
  });
});
