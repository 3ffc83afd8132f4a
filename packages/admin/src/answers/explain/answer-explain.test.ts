import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { History } from '@registry-cache/history';
import { createLogger } from '@registry-cache/runtime';
import { expect, it, onTestFinished } from 'vitest';
import { EXPLAIN } from '../../contract/explain.ts';
import { LOCAL_OPERATOR, type Operator } from '../../logins/operator.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { answerExplain } from './answer-explain.ts';

/** A certificate for `cache.test`, whose key was never kept. */
const LEAF = `-----BEGIN CERTIFICATE-----
MIIBmDCCAT6gAwIBAgIUEjTy2Pf/KbVeO2RLcIIlVXRmAUAwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKY2FjaGUudGVzdDAgFw0yNjExMzAxMjE0MjVaGA8yMTI2MTEw
NjEyMTQyNVowFTETMBEGA1UEAwwKY2FjaGUudGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABAZXZkfeWMi19lN2wHtAK33cqaa6XVe92YhjShtwRdOLORBK2vyy
qDoVEHmRUrH3MKGPH4xguE7Jf+EAY6/plxGjajBoMB0GA1UdDgQWBBRYvQwtQATJ
RwFF/JUAuM5lY4UTkDAfBgNVHSMEGDAWgBRYvQwtQATJRwFF/JUAuM5lY4UTkDAP
BgNVHRMBAf8EBTADAQH/MBUGA1UdEQQOMAyCCmNhY2hlLnRlc3QwCgYIKoZIzj0E
AwIDSAAwRQIhAOiQEbfrX2D7TL6h7MytIecF2aL2mZw5XnHWNsacHgueAiA/bkzg
FpafnIicTgaBVT8uQjACSDc1WHtdbPcB6KEh6Q==
-----END CERTIFICATE-----
`;

function open(operator: Operator = LOCAL_OPERATOR) {
  const root = mkdtempSync(join(tmpdir(), 'registry-cache-explain-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const write = (name: string, value: object) => {
    writeFileSync(join(root, name), JSON.stringify(value));
    return join(root, name);
  };
  const upstream = { id: 'quay.io', key: 'quay.io', host: 'quay.io', prefixes: ['quay.io'] };
  const options = {
    ...{ storeRoot: root, egressSocket: join(root, 'away'), bootSecretFile: join(root, 'none') },
    namesFile: write('names.json', {
      ...{ upstreams: [upstream], hosted: [], hostNames: {}, onDemandKeys: [] },
      settings: { ON_DEMAND_REGISTRIES: [], OFFLINE: false },
      leaf: LEAF,
    }),
    explainFile: write('explain.json', {
      ...{ hasLogins: false, htpasswdFile: '/auth/htpasswd', enforced: [] },
    }),
  } as unknown as AnswerDeps['options'];
  const log = createLogger('admin', 'fatal', 'json');
  const accessLog = join(root, 'access.log');
  const place = { storeRoot: root, accessLog, maxBytes: 1024 * 1024 };
  const history = new History({ ...place, nameOf: () => undefined, nowMs: Date.now, log });
  onTestFinished(() => history.close());
  const deps = { options, history, operator } as AnswerDeps;
  return (input: object) => answerExplain(EXPLAIN.input.parse(input), deps);
}

it('answers while egress is away, and says what is not known', async () => {
  const explain = open();
  expect(await explain({ image: 'quay.io/team/app:v1' })).toMatchObject({
    ...{ image: 'quay.io/team/app', served: 'yes', user: null },
    tag: { code: 'unknown' },
  });
  await expect(explain({ image: 'quay.io/team/app:v1', probe: 'true' })).rejects.toMatchObject({
    ...{ code: 'UNAVAILABLE', message: expect.stringContaining('egress does not answer') },
  });
});

it('asks an upstream for those with admin alone', async () => {
  const explain = open({ ...LOCAL_OPERATOR, rights: new Set(['view']) });
  await expect(explain({ image: 'quay.io/team/app:v1', probe: 'true' })).rejects.toMatchObject({
    code: 'DENIED',
  });
  expect(await explain({ image: 'quay.io/team/app:v1', probe: 'false' })).toBeDefined();
});

it('refuses a text that names no image, and a client that cannot exist', async () => {
  const explain = open();
  const bad = ['a'.repeat(1_000), 'quay.io/../etc:1', 'quay.io/team/app:\u001b[2J', '%', '/v2/'];
  for (const image of bad) {
    await expect(explain({ image }), image).rejects.toMatchObject({ code: 'INVALID' });
  }
  const image = 'quay.io/team/app:v1';
  for (const more of [{ from: '10.0.0.0/8' }, { groups: 'ops' }]) {
    await expect(explain({ image, ...more })).rejects.toMatchObject({ code: 'INVALID' });
  }
  expect(EXPLAIN.input.safeParse({ image: 'a'.repeat(1_025) }).success).toBe(false);
});
