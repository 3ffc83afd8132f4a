import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEvent, OperatorRules } from '@registry-cache/domain';
import { createLogger, listenOnSocket } from '@registry-cache/runtime';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openFindRemoteOperator } from './find-remote-operator.ts';

const RULES: OperatorRules = {
  ...{ admin: ['group:ops'], view: ['björn'], groups: { ops: ['ann'] }, hasLogins: true },
};

/** Answers as the auth worker does, by the words of the login. */
async function openFinder(rules: OperatorRules = RULES) {
  const folder = mkdtempSync(join(tmpdir(), 'registry-cache-operators-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [rulesFile, authSocket] = [join(folder, 'operators.json'), join(folder, 'auth.sock')];
  const write = (content: OperatorRules) => writeFileSync(rulesFile, JSON.stringify(content));
  write(rules);
  const asked: IncomingHttpHeaders[] = [];
  const auth = createServer(({ headers }, response) => {
    asked.push(headers);
    const [status, user = '', groups] = (headers.authorization ?? '').split(' ');
    const names = { 'x-user': Buffer.from(user).toString('latin1'), 'x-groups': groups ?? '' };
    // Anything else is a wrong login.
    response.writeHead(Number(status) || 401, names).end();
  });
  await listenOnSocket(auth, { path: authSocket, mode: 0o600 });
  onTestFinished(() => void auth.close());
  const events: AuditEvent[] = [];
  const find = await openFindRemoteOperator(
    { authSocket, rulesFile },
    {
      audit: { record: (event) => void events.push(event) },
      log: createLogger('admin', 'fatal', 'json'),
    },
  );
  const ask = (authorization?: string) => {
    const headers = { 'x-source': '10.0.0.0', 'x-address': '10.0.0.7', authorization };
    return find({ headers });
  };
  return { ask, asked, events, write, stop: () => auth.close() };
}

describe('the operator of a request from elsewhere', () => {
  it('has the rights of the user that the auth worker names', async () => {
    const { ask, asked } = await openFinder();
    expect(await ask('200 ann')).toEqual({
      ...{ user: 'ann', address: '10.0.0.7', way: 'api', rights: new Set(['view', 'admin']) },
      mayLogIn: true,
    });
    expect((await ask('200 björn')).rights).toEqual(new Set(['view']));
    expect((await ask('200 eve ["ops"]')).rights).toEqual(new Set());
    expect(asked[0]).toMatchObject({ authorization: '200 ann', 'x-source': '10.0.0.0' });
  });

  it('is nobody by a wrong login, which the audit log has', async () => {
    const { ask, events } = await openFinder();
    await expect(ask('401')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(events).toEqual([{ event: 'login-failed', user: '', from: '10.0.0.7', way: 'api' }]);
    await expect(ask('429')).rejects.toMatchObject({ code: 'TOOMANYREQUESTS' });
    await expect(ask('503')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(ask()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(events).toHaveLength(1);
  });

  it('is in the audit log by the name that was tried, without the password', async () => {
    const { ask, events } = await openFinder();
    const login = Buffer.from('mallory:secret').toString('base64');
    await expect(ask(`Basic ${login}`)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(events).toMatchObject([{ user: 'mallory' }]);
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  it('has no name in the audit log by a header without credentials', async () => {
    const { ask, events } = await openFinder();
    const broken = Buffer.from([...Buffer.from('mallory'), 0xff, ...Buffer.from(':secret')]);
    for (const login of [broken.toString('base64'), 'bWFsbG9yeTpzZWNyZXQ= x', 'Zm9v', '']) {
      await expect(ask(`Basic ${login}`)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    }
    expect(events.map(({ user }) => user)).toEqual(['', '', '', '']);
  });

  it('cannot be found out while the auth worker is away', async () => {
    const { ask, stop } = await openFinder();
    stop();
    await expect(ask('200 ann')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('follows the rules, and needs no login where they name clients without one', async () => {
    const { ask, asked, write } = await openFinder();
    write({ admin: ['*'], view: ['anonymous'], groups: {}, hasLogins: false });
    expect(await ask('200 ann')).toMatchObject({
      ...{ user: undefined, rights: new Set(['view']), mayLogIn: false },
    });
    expect(asked).toEqual([]);
  });
});
