import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type AuditEvent,
  auditFile,
  onDemandFile,
  repositoryDir,
  tagCurrentLink,
} from '@registry-cache/domain';
import { appendAudit, createLogger } from '@registry-cache/runtime';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FollowedAudit } from '../sources/followed-audit.ts';
import { describeNames } from '../testing/describe-names.ts';
import type { AnswerDeps } from './answer-deps.ts';
import { ANSWERS } from './answers.ts';

const NOW_MS = Date.parse('2026-11-30T10:00:00.000Z');
const DIGEST = `sha256:${'a'.repeat(64)}`;
const TAG = 'quay.io/team/app:v1';

/** A store with one tag, whose manifest is not here, and what the verbs work with. */
function openStore(): { deps: AnswerDeps; link: string; events: AuditEvent[] } {
  const folder = mkdtempSync(join(tmpdir(), 'registry-cache-changes-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const link = tagCurrentLink(repositoryDir(folder, 'quay.io', 'team/app'), 'v1');
  mkdirSync(dirname(link), { recursive: true });
  writeFileSync(link, DIGEST);
  utimesSync(link, new Date(NOW_MS), new Date(NOW_MS));
  const registriesFile = join(folder, 'registries.json');
  writeFileSync(registriesFile, '{"quay.io":{"key":"quay.io","host":"quay.io"}}');
  const namesFile = join(folder, 'names.json');
  writeFileSync(namesFile, JSON.stringify(describeNames(['quay.io'])));
  const events: AuditEvent[] = [];
  const options = { storeRoot: folder, registriesFile, namesFile, metricsDirs: [folder] };
  const deps = {
    options: options as unknown as AnswerDeps['options'],
    ...{ version: '1.2.3', nowMs: () => NOW_MS, log: createLogger('admin', 'fatal', 'json') },
    auditLog: new FollowedAudit(auditFile(folder)),
    audit: { record: (event: AuditEvent) => void events.push(event) },
    operator: { user: 'ann', address: '10.0.0.7', way: 'api', rights: new Set(), mayLogIn: true },
  } as unknown as AnswerDeps;
  return { deps, link, events };
}

describe('recheck', () => {
  it('makes a tag older than any tag is remembered, and leaves it in its place', async () => {
    const { deps, link } = openStore();
    expect(await ANSWERS.recheck({ image: TAG }, deps)).toEqual({
      ...{ image: TAG, digest: DIGEST, confirmed: '2026-11-30T10:00:00.000Z' },
    });
    expect(statSync(link).mtimeMs).toBe(1_000);
  });

  it('takes a name as clients of the cache write it, and tells the full one', async () => {
    const { deps } = openStore();
    const image = 'cache.test:8443/team/app:v1';
    expect(await ANSWERS.recheck({ image }, deps)).toMatchObject({ image: TAG });
    expect(await ANSWERS.pin({ image }, deps)).toMatchObject({ image: TAG });
    expect(await ANSWERS.unpin({ image }, deps)).toEqual({ image: TAG });
  });

  it('refuses images that are no tags, and tags that are not here', async () => {
    const { deps } = openStore();
    for (const image of [`quay.io/team/app@${DIGEST}`, 'quay.io/team/app:v2', 'quay.io/../a:v1']) {
      await expect(ANSWERS.recheck({ image }, deps)).rejects.toMatchObject({ code: 'INVALID' });
    }
  });
});

describe('pin and unpin', () => {
  it('are by the operator who asks, and pins lists the image meanwhile', async () => {
    const { deps, events } = openStore();
    const pinned = { image: TAG, digest: DIGEST, whole: false, frozen: false, by: 'ann' };
    expect(await ANSWERS.pin({ image: TAG }, deps)).toMatchObject(pinned);
    expect(await ANSWERS.pins({}, deps)).toMatchObject({ pins: [pinned], unreadable: 0 });
    expect(await ANSWERS.unpin({ image: TAG }, deps)).toEqual({ image: TAG });
    expect(await ANSWERS.pins({}, deps)).toEqual({ pins: [], heldBytes: 0, unreadable: 0 });
    const who = { user: 'ann', from: '10.0.0.7', way: 'api', image: TAG };
    expect(events).toMatchObject([
      { event: 'pin', ...who },
      { event: 'unpin', ...who },
    ]);
  });

  it('refuse what is not here, and what is not pinned', async () => {
    const { deps } = openStore();
    for (const image of ['quay.io/team/app:v2', `quay.io/team/app@${DIGEST}`, '../../etc:v1']) {
      await expect(ANSWERS.pin({ image }, deps)).rejects.toMatchObject({ code: 'INVALID' });
      await expect(ANSWERS.unpin({ image }, deps)).rejects.toMatchObject({ code: 'INVALID' });
    }
  });
});

describe('reload and check', () => {
  it('touch a file that is followed, without a change of it', async () => {
    const { deps } = openStore();
    const file = onDemandFile(deps.options.storeRoot);
    writeFileSync(file, '["ghcr.io"]');
    expect(await ANSWERS.reload({}, deps)).toEqual({ asked: '2026-11-30T10:00:00.000Z' });
    expect(statSync(file)).toMatchObject({ mtimeMs: NOW_MS, size: 11 });
  });

  it('tell whether the files are in use, and the last changes first', async () => {
    const { deps } = openStore();
    const root = deps.options.storeRoot;
    expect(await ANSWERS.check({}, deps)).toEqual({ refusedChanges: 0, changes: [] });
    writeFileSync(
      join(root, 'config.prom'),
      'registry_cache_config_last_reload_successful 0\nregistry_cache_config_reload_failures_total 2\n',
    );
    const [time, later] = ['2026-11-30T09:00:00.000Z', '2026-11-30T09:30:00.000Z'];
    await appendAudit(auditFile(root), [
      { event: 'configuration', time, because: 'registries added: quay.io' },
      { event: 'pin', time: later },
      { event: 'configuration', time: later, verdict: 'refused', because: 'broken' },
    ]);
    writeFileSync(auditFile(root), 'no line of JSON\n', { flag: 'a' });
    expect(await ANSWERS.check({}, deps)).toEqual({
      ...{ inUse: false, refusedChanges: 2 },
      changes: [
        { time: later, refused: true, what: 'broken' },
        { time, refused: false, what: 'registries added: quay.io' },
      ],
    });
  });
});
