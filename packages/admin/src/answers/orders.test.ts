import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Commands } from '../commands/commands.ts';
import { VERBS } from '../contract/verbs.ts';
import type { AnswerDeps } from './answer-deps.ts';
import { ANSWERS } from './answers.ts';

/** A program in the place of the command line, which notes its arguments and input. */
function openOrders(code: string) {
  const storeRoot = mkdtempSync(join(tmpdir(), 'registry-cache-orders-'));
  onTestFinished(() => rmSync(storeRoot, { recursive: true, force: true }));
  const [asked, program] = [join(storeRoot, 'asked'), join(storeRoot, 'program.mjs')];
  mkdirSync(join(storeRoot, 'jobs', 'records'), { recursive: true });
  writeFileSync(
    program,
    `import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
     const args = process.argv.slice(2);
     writeFileSync(${JSON.stringify(asked)}, JSON.stringify({ args, input: readFileSync(0, 'utf8') }));
     ${code}`,
  );
  const deps = {
    options: { storeRoot, namesFile: '/names.json' },
    commands: new Commands([process.execPath, program]),
    nowMs: Date.now,
  } as unknown as AnswerDeps;
  return { storeRoot, deps, readAsked: () => JSON.parse(readFileSync(asked, 'utf8')) };
}

const WARM = { list: 'quay.io/team/app:v1\n', pin: false, keepGoing: false, dryRun: false };

it('warm answers with the job that fetches the list', async () => {
  const record = `JSON.stringify({
    id: 'the-job', kind: 'warm', by: 'operator', what: 'a list', command: 'registry-cache warm -',
    process: { pid: process.pid, startTicks: '', bootId: '', namespace: readlinkSync('/proc/self/ns/pid') },
    since: new Date().toISOString(), updated: new Date().toISOString(),
  })`;
  const records = "new URL('jobs/records/', import.meta.url)";
  const { deps, readAsked } = openOrders(
    `writeFileSync(new URL('the-job.json', ${records}), ${record});`,
  );
  const order = { ...WARM, pin: true, keepGoing: true, platforms: ['linux/arm64', 'all'] };
  expect(await ANSWERS.warm(order, deps)).toEqual({ job: 'the-job' });
  expect(readAsked()).toEqual({
    args: [
      ...['warm', '--names', '/names.json', '--platform', 'linux/arm64', '--platform', 'all'],
      ...['--pin', '--keep-going', '-'],
    ],
    input: WARM.list,
  });
});

it('warm says what is wrong with a list, and what a dry run has found', async () => {
  const bad = openOrders(
    "console.error('registry-cache: standard input:1: found x'); process.exit(1)",
  );
  await expect(ANSWERS.warm(WARM, bad.deps)).rejects.toMatchObject({
    ...{ code: 'INVALID', message: 'standard input:1: found x' },
  });
  const totals = { images: 2, here: 1, failed: 1, bytes: 10, newBytes: 5 };
  const { deps } = openOrders(
    `console.log('{"image":"a"}'); console.log(${JSON.stringify(JSON.stringify(totals))}); process.exit(1)`,
  );
  expect(await ANSWERS.warm({ ...WARM, dryRun: true }, deps)).toEqual({ dryRun: totals });
});

it('prune tells what was removed, or why nothing was', async () => {
  const told = {
    ...{ usedBeforeBytes: 10, usedAfterBytes: 5, blobs: 1, removedBlobs: 1, pinnedBytes: 0 },
  };
  const { deps, readAsked } = openOrders(`console.log(${JSON.stringify(JSON.stringify(told))})`);
  expect(await ANSWERS.prune({ to: '5G', dryRun: true }, deps)).toEqual(told);
  expect(readAsked().args).toEqual(['prune', '--json', '--to=5G', '--dry-run']);
  const bad = openOrders("console.error('registry-cache: no store'); process.exit(1)");
  await expect(ANSWERS.prune({ dryRun: false }, bad.deps)).rejects.toThrow('no store');
});

it.each([
  ...[{}, { list: '' }, { list: 'x'.repeat(1024 * 1024 + 1) }, { list: 'a', platforms: ['--out'] }],
  ...[
    { list: 'a', platforms: 'all' },
    { list: 'a', pin: 'yes' },
    { list: 'a', file: '/etc/x' },
  ],
  { list: 'a', platforms: Array.from({ length: 51 }, () => 'all') },
])('warm takes no other input', (input) => {
  expect(VERBS.warm.input.safeParse(input).success).toBe(false);
});

it.each([
  { to: '-1' },
  { to: '5G --dry-run' },
  { to: '0' },
  { to: 5 },
  { dryRun: 'true' },
  { x: 1 },
])('prune takes no other input: %j', (input) => {
  expect(VERBS.prune.input.safeParse(input).success).toBe(false);
});

it('receipt answers with the text of the command as it is', async () => {
  const text = `{"count":1}\n`;
  const { deps, readAsked } = openOrders(`process.stdout.write(${JSON.stringify(text)})`);
  expect(await ANSWERS.receipt({}, deps)).toEqual({ receipt: text });
  expect(readAsked().args).toEqual(['receipt']);
  const failed = openOrders("console.error('registry-cache: no store'); process.exit(1)");
  await expect(ANSWERS.receipt({}, failed.deps)).rejects.toMatchObject({
    ...{ code: 'UNAVAILABLE', message: 'no store' },
  });
});
