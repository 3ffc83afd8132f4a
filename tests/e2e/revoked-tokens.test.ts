import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import {
  type Appliance,
  basicAuthorization,
  type HttpClient,
  makeHtpasswd,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readEvents } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

const PATH = '/v2/reg.test/team/app/manifests/v1';
let stage: Stage;
let appliance: Appliance;
let client: HttpClient;
/** The line of the htpasswd file for each user. */
const lines = new Map<string, string>();

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  await pushImage(upstream, 'team/app', 'v1', { seed: 'revoked' });
  appliance = await stage.appliance({ 'reg.test': upstream }, { passwords: { nobody: 'nobody' } });
  client = stage.use(appliance.client());
});

afterAll(() => stage[Symbol.asyncDispose]());

beforeEach(async () => {
  for (const user of ['stays', 'goes', 'changes']) await giveLine(user, 'first');
  await writeLines();
});

async function giveLine(user: string, password: string): Promise<void> {
  lines.set(user, await makeHtpasswd({ [user]: password }));
}

/** Resolves after the edge was reloaded for it. */
async function writeLines(): Promise<void> {
  const countReloads = async () =>
    (await readEvents(appliance)).filter(({ msg }) => msg === 'reloaded').length;
  const before = await countReloads();
  await appliance.writeHtpasswd([...lines.values()].join(''));
  await until('the edge is reloaded', async () => (await countReloads()) > before);
}

const basic = (user: string) => basicAuthorization({ username: user, password: 'first' });

async function askWith(authorization: string): Promise<number> {
  return (await client.get(PATH, { headers: { authorization } })).status;
}

/** Asks on a new connection, which reaches the edge's new process. */
async function askAnew(authorization: string): Promise<number> {
  await using anew = appliance.client();
  return (await anew.get(PATH, { headers: { authorization } })).status;
}

async function fetchToken(user: string): Promise<string> {
  const answer = await client.get('/token', { headers: { authorization: basic(user) } });
  return `Bearer ${(answer.json() as { token: string }).token}`;
}

/** A kept connection over TLS. `ask` resolves with the status of one answer. */
async function openKept(): Promise<{ ask(authorization: string): Promise<number> }> {
  const { hostname: host, port } = new URL(appliance.url);
  const options = { host, port: Number(port), ca: appliance.ca, ALPNProtocols: ['http/1.1'] };
  const socket: TLSSocket = connect(options);
  stage.use({ [Symbol.asyncDispose]: async () => void socket.destroy() });
  await once(socket, 'secureConnect');
  return {
    async ask(authorization) {
      socket.write(
        `HEAD ${PATH} HTTP/1.1\r\nHost: cache\r\nAuthorization: ${authorization}\r\n\r\n`,
      );
      const closed = once(socket, 'close').then(() => ['the connection was closed']);
      const [head] = await Promise.race([once(socket, 'data'), closed]);
      return Number(String(head).slice(9, 12));
    },
  };
}

describe('when the htpasswd file changes', () => {
  it('only the tokens of removed users and of changed passwords end', async () => {
    const [stays, goes, changes] = await Promise.all(['stays', 'goes', 'changes'].map(fetchToken));
    for (const token of [stays, goes, changes]) expect(await askWith(`${token}`)).toBe(200);
    lines.delete('goes');
    await giveLine('changes', 'second');
    await writeLines();
    await until('the removed user is refused', async () => (await askAnew(`${goes}`)) === 401);
    expect(await askAnew(`${changes}`)).toBe(401);
    expect(await askAnew(`${stays}`)).toBe(200);
    // A new line of the user does not make the old tokens valid again.
    await giveLine('goes', 'first');
    await writeLines();
    await until('the user is there again', async () => (await askAnew(basic('goes'))) === 200);
    expect(await askAnew(`${goes}`)).toBe(401);
    expect(await askAnew(`${stays}`)).toBe(200);
  });

  it('a removed user is refused on kept connections, and others are not', async () => {
    const users = ['stays', 'goes'];
    const logins = [...users.map(basic), ...(await Promise.all(users.map(fetchToken)))];
    const kept = await Promise.all(logins.map(openKept));
    const askAll = () => Promise.all(kept.map(({ ask }, index) => ask(logins[index] ?? '')));
    expect(await askAll()).toEqual([200, 200, 200, 200]);
    lines.delete('goes');
    await writeLines();
    await until('the removed user is refused', async () => (await askAnew(basic('goes'))) === 401);
    expect(await askAll()).toEqual([200, 401, 200, 401]);
  });

  it('a running pull with a token goes on', async () => {
    const token = await fetchToken('stays');
    const statuses: number[] = [];
    let isDone = false;
    const pulling = (async () => {
      while (!isDone) statuses.push(await askAnew(token));
    })();
    for (const password of ['a', 'b']) {
      await giveLine('changes', password);
      await writeLines();
      const changed = basicAuthorization({ username: 'changes', password });
      await until('the change is known', async () => (await askAnew(changed)) === 200);
    }
    isDone = true;
    await pulling;
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});
