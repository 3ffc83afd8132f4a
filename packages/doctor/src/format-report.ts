import { escapeUnprintable } from '@registry-cache/domain';
import type { Finding } from './finding.ts';
import type { CheckReport } from './run-checks.ts';

const INDENT = ' '.repeat(11);

/** Lines for people: one for each check, and below it what was found and what to do. */
export function formatReport(reports: readonly CheckReport[]): string[] {
  return reports.flatMap((report) => [
    formatCheck(report),
    ...(report.kind === 'tried' ? report.findings.flatMap(formatFinding) : []),
  ]);
}

function formatCheck(report: CheckReport): string {
  const name = report.check.padEnd(12);
  if (report.kind === 'not tried') return line('not tried', name, report.reason);
  const { findings } = report;
  const worst = findings.some(({ severity }) => severity === 'error') ? 'error' : 'warning';
  return line(findings.length === 0 ? 'ok' : worst, name, report.seen);
}

function formatFinding({ severity, subject, found, accepted, advice, link }: Finding): string[] {
  return [
    `${INDENT}${severity}: ${subject}: found ${found}; accepted: ${accepted}`,
    `${INDENT}  do: ${advice}`,
    `${INDENT}  see ${link}`,
  ].map(escapeUnprintable);
}

function line(state: string, name: string, text: string): string {
  return escapeUnprintable(`${state.padEnd(9)}  ${name} ${text}`).trimEnd();
}
