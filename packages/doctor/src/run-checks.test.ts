import { expect, it } from 'vitest';
import { type Check, type CheckContext, tried } from './check.ts';
import { CHECKS } from './checks.ts';
import { CHECK_NAMES } from './faults/fault.ts';
import { FAULTS } from './faults/faults.ts';
import { buildFinding } from './finding.ts';
import { formatReport } from './format-report.ts';
import { hasError, runChecks } from './run-checks.ts';

const NOTHING = {} as CheckContext;
const check = (name: Check['name'], run: Check['run']): Check => ({ name, tries: '', run });

it('has each check once, and for each check a fault that it can find', () => {
  expect(CHECKS.map(({ name }) => name)).toEqual(CHECK_NAMES);
  const found = new Set(Object.values(FAULTS).map((fault) => fault.check));
  expect([...found].sort()).toEqual([...CHECK_NAMES].sort());
});

it('tells a check that fails or is late as not tried, and goes on with the others', async () => {
  const checks = [
    check('clock', () => Promise.reject(new Error('no such clock'))),
    check('names', () => new Promise(() => undefined)),
    check('ways', async () => tried('2 of 2', [])),
  ];
  const reports = await runChecks(checks, NOTHING, 20);
  expect(reports).toEqual([
    { check: 'clock', kind: 'not tried', reason: 'no such clock' },
    { check: 'names', kind: 'not tried', reason: 'no result within 0.02s' },
    { check: 'ways', kind: 'tried', seen: '2 of 2', findings: [] },
  ]);
  expect(hasError(reports)).toBe(false);
});

it('prints a line for each check, and what to do below a finding, fit for a terminal', async () => {
  const finding = buildFinding('name-unknown', {
    subject: 'reg\u001b[31m.test',
    found: 'no address',
  });
  const warning = buildFinding('memory-small', { subject: 'memory', found: '256 MiB' });
  const reports = await runChecks(
    [
      check('names', async () => tried('1 names', [finding])),
      check('machine', async () => tried('256 MiB', [warning])),
      check('disk', async () => tried('5 GiB free', [])),
    ],
    NOTHING,
  );
  expect(hasError(reports)).toBe(true);
  expect(hasError(reports.slice(1))).toBe(false);
  expect(formatReport(reports)).toEqual([
    'error      names        1 names',
    '           error: reg\\u001b[31m.test: found no address; accepted: a name with an address',
    `             do: ${finding.advice}`,
    '             see docs/doctor.md#name-unknown',
    'warning    machine      256 MiB',
    '           warning: memory: found 256 MiB; accepted: 512 MiB or more',
    `             do: ${warning.advice}`,
    '             see docs/doctor.md#memory-small',
    'ok         disk         5 GiB free',
  ]);
});
