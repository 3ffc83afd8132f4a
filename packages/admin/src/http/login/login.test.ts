import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askSocket, createLogger, listenOnSocket } from '@registry-cache/runtime';
import { expect, it, onTestFinished } from 'vitest';
import { AdminError } from '../../contract/admin-error.ts';
import type { FindOperator, Operator } from '../../logins/operator.ts';
import { createAdminServer, type ServerDeps } from '../server.ts';

const VIEWER: Operator = {
  ...{ user: undefined, address: '10.0.0.7', way: 'api', rights: new Set(['view']) },
  mayLogIn: true,
};
const BROWSER = { accept: 'text/html,application/xhtml+xml' };

/** Asks a server as a browser does. */
async function ask(path: string, found: Operator | AdminError, headers = BROWSER) {
  const folder = mkdtempSync(join(tmpdir(), 'registry-cache-login-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const findOperator: FindOperator = async () => {
    if (found instanceof AdminError) throw found;
    return found;
  };
  const server = createAdminServer({
    ...{ findOperator, audit: { record: () => undefined } },
    log: createLogger('admin', 'fatal', 'json'),
  } as unknown as ServerDeps);
  const socketPath = join(folder, 'admin.sock');
  await listenOnSocket(server, { path: socketPath, mode: 0o600 });
  onTestFinished(() => void server.close());
  const limits = { timeoutMs: 5_000, limitBytes: 100_000 };
  return askSocket({ socketPath, path, headers, ...limits });
}

it('asks a client without a login for one, which may see the page without it', async () => {
  const { status, headers, body } = await ask('/login', VIEWER);
  expect([status, headers['www-authenticate']]).toEqual([401, 'Basic realm="registry-cache"']);
  expect(headers['content-type']).toContain('text/html');
  expect(body).toContain('<a href="/login">Log in</a>');
});

it('sends everybody with a login to the page, and nobody elsewhere', async () => {
  for (const path of ['/login', '/login?to=https://elsewhere.example', '/login?//elsewhere']) {
    const { status, headers } = await ask(path, { ...VIEWER, user: 'ann' });
    expect([status, headers.location]).toEqual([303, '/']);
  }
  const { status, headers } = await ask('/login', { ...VIEWER, mayLogIn: false });
  expect([status, headers.location]).toEqual([303, '/']);
});

it('refuses a wrong login with the challenge, for another try', async () => {
  const wrong = new AdminError('UNAUTHORIZED', 'the user name or the password is wrong');
  const { status, headers } = await ask('/login', wrong);
  expect([status, headers['www-authenticate']]).toEqual([401, 'Basic realm="registry-cache"']);
});

it('has the browser forget any login, without a question for another', async () => {
  const wrong = new AdminError('UNAUTHORIZED', 'the user name or the password is wrong');
  for (const found of [{ ...VIEWER, user: 'ann' }, VIEWER, wrong]) {
    const { status, headers, body } = await ask('/logout', found);
    expect([status, headers['www-authenticate']]).toEqual([401, undefined]);
    // It would end the logins of other sites of the domain.
    expect(headers['clear-site-data']).toBeUndefined();
    expect(body).toContain('You are logged out');
  }
});

it('logs nobody out for a page of another site', async () => {
  const logOutFrom = async (site: string) => {
    const headers = { ...BROWSER, 'sec-fetch-site': site };
    return (await ask('/logout', { ...VIEWER, user: 'ann' }, headers)).status;
  };
  expect([await logOutFrom('cross-site'), await logOutFrom('same-origin')]).toEqual([403, 401]);
});

it('tells people why they see no page as text, and what to do', async () => {
  const eve = { ...VIEWER, user: '<img src=x>', rights: new Set<never>() };
  const { status, headers, body } = await ask('/', eve);
  expect([status, headers['content-security-policy']]).toEqual([
    ...[403, expect.stringContaining("default-src 'none'")],
  ]);
  expect(body).toContain('&lt;img src=x&gt; may not ask for the page');
  expect(body).toContain('<a href="/logout">Log out</a>');
  expect(body).not.toContain('<img');
});

it('answers programs in JSON as ever', async () => {
  const { status, body } = await ask('/login', VIEWER, { accept: '*/*' });
  expect([status, JSON.parse(body)]).toEqual([
    ...[401, { errors: [{ code: 'UNAUTHORIZED', message: expect.any(String) }] }],
  ]);
});
