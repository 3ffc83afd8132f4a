import { ERROR_PHASES, type ErrorPhaseInfo } from '@registry-cache/domain';
import { formatTable } from '../format-table.ts';

/** The phases of docs/debugging.md. */
export function formatPhasesTable(): string {
  const rows = Object.entries<ErrorPhaseInfo>(ERROR_PHASES).map(([phase, info]) => {
    const { status, otherStatus, meaning, action } = info;
    const statuses = otherStatus === undefined ? `${status}` : `${status}; ${otherStatus}`;
    return [`\`${phase}\``, statuses, meaning, action];
  });
  return formatTable(['phase', 'status', 'meaning', 'what to do'], rows);
}
