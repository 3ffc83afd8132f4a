import {
  type ApplianceOptions,
  type CommandResult,
  runApplianceToEnd,
} from '@registry-cache/testbed';
import { expect } from 'vitest';

/** A login that upstreams of these tests accept. No report may show its password. */
export const LOGIN = { username: 'robot', password: 'a-password-of-the-doctor' };

/** What `registry-cache doctor --json` told. */
export interface Diagnosis {
  readonly exitCode: number;
  readonly findings: readonly FoundFault[];
  /** The checks that were not tried, with the reason. */
  readonly notTried: Readonly<Record<string, string>>;
}

export interface FoundFault {
  readonly id: string;
  readonly severity: string;
  readonly subject: string;
  readonly found: string;
  readonly advice: string;
}

/** Runs it before a start: without any program of the appliance, in a container of its own. */
export async function diagnoseBefore(
  options: ApplianceOptions,
  ...args: readonly string[]
): Promise<Diagnosis> {
  const command = JSON.stringify(['registry-cache', 'doctor', '--json', ...args]);
  const { exitCode, logs } = await runApplianceToEnd({
    ...options,
    // The testbed's disks are smaller than the default.
    env: { CLEANER_MAXSIZE: '64M', ...options.env },
    extraArgs: [...(options.extraArgs ?? []), `--entrypoint=${command}`],
  });
  return parseDiagnosis({ exitCode, stdout: logs });
}

/** Expects one finding before a start and no other, with advice, and returns it. */
export async function findOne(
  options: ApplianceOptions,
  ...args: readonly string[]
): Promise<FoundFault | undefined> {
  const { findings, exitCode } = await diagnoseBefore(options, ...args);
  expect(findings).toHaveLength(1);
  const [finding] = findings;
  expect(finding?.advice.length).toBeGreaterThan(10);
  expect(exitCode).toBe(finding?.severity === 'error' ? 1 : 0);
  expect(JSON.stringify(findings)).not.toContain(LOGIN.password);
  return finding;
}

/** @throws with the whole output if it is not a report. */
export function parseDiagnosis({
  exitCode,
  stdout,
}: Pick<CommandResult, 'exitCode' | 'stdout'>): Diagnosis {
  const line = stdout.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`no report: ${stdout}`);
  const { checks } = JSON.parse(line) as {
    checks: readonly (
      | { kind: 'tried'; check: string; findings: readonly FoundFault[] }
      | { kind: 'not tried'; check: string; reason: string }
    )[];
  };
  return {
    exitCode,
    findings: checks.flatMap((one) => (one.kind === 'tried' ? one.findings : [])),
    notTried: Object.fromEntries(
      checks.flatMap((one) => (one.kind === 'tried' ? [] : [[one.check, one.reason]])),
    ),
  };
}
