import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { History } from '@registry-cache/history';
import { createLogger } from '@registry-cache/runtime';
import { expect, it, onTestFinished } from 'vitest';
import { EXPLAIN } from '../../contract/explain.ts';
import { LOCAL_OPERATOR, type Operator } from '../../logins/operator.ts';
import { describeNames } from '../../testing/describe-names.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { answerExplain } from './answer-explain.ts';

function open(operator: Operator = LOCAL_OPERATOR) {
  const root = mkdtempSync(join(tmpdir(), 'registry-cache-explain-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const write = (name: string, value: object) => {
    writeFileSync(join(root, name), JSON.stringify(value));
    return join(root, name);
  };
  const options = {
    ...{ storeRoot: root, egressSocket: join(root, 'away'), bootSecretFile: join(root, 'none') },
    namesFile: write('names.json', describeNames(['quay.io'])),
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
