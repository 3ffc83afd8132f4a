import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AccessRecord,
  type AuditRecord,
  auditFile,
  escapeUnprintable,
  isRequestId,
  runPaths,
} from '@registry-cache/domain';
import { LogFollower } from '@registry-cache/follow';
import { type Command, InvalidArgumentError } from 'commander';
import { becomeRunUser } from '../become-run-user.ts';
import { formatAccess } from '../format-access.ts';
import { formatAudit } from '../format-audit.ts';
import { readSettings } from '../inputs.ts';
import { warn } from '../warn.ts';

const POLL_MS = 250;

interface LogsOptions {
  readonly audit?: boolean;
  readonly follow?: boolean;
  readonly id?: string;
  readonly json?: boolean;
  readonly lines?: number;
}

export function addLogs(program: Command): void {
  program
    .command('logs')
    .description('Shows the requests to the edge, a line for each, or the events of the audit log.')
    .option('--audit', 'who was refused, brought images in, pushed, or changed something')
    .option('-f, --follow', 'go on with new lines')
    .option('-n, --lines <count>', 'only the newest lines of those so far', parseCount)
    .option('--id <id>', 'only the request that was answered with this X-Request-Id', parseId)
    .option('--json', 'the raw lines')
    .action(showLogs);
}

async function showLogs({
  audit = false,
  follow = false,
  id,
  json = false,
  lines,
}: LogsOptions): Promise<void> {
  const { file, format } = audit
    ? { file: auditFile(readSettings().REGISTRYDIR), format: formatAuditLine }
    : { file: runPaths(process.env.RUNDIR).accessLog, format: formatAccessLine };
  await becomeRunUser();
  const run = runPaths(process.env.RUNDIR);
  if (!audit && !existsSync(run.root)) throw new NoApplianceError(run.root);
  // The follower handles rotations: it goes from the older file to the newer one without a gap.
  const log = new LogFollower(file, undefined);
  const show = (line: string) => console.log(escapeUnprintable(json ? line : format(line)));
  const isShown = (line: string) => id === undefined || hasId(line, id);
  for (const line of await readToEnd(log, isShown, lines)) show(line);
  if (log.position === undefined) warn(`nothing has been logged yet in ${file}`);
  while (follow) {
    for (const line of await readToEnd(log, isShown)) show(line);
    await sleep(POLL_MS);
  }
  await log.close();
}

/** Every shown line that was written so far, or only the newest of them. */
async function readToEnd(
  log: LogFollower,
  isShown: (line: string) => boolean,
  newest = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const kept: string[] = [];
  for (let read = await log.read(); read !== undefined; read = await log.read()) {
    kept.push(...read.lines.filter(isShown));
    if (kept.length > newest) kept.splice(0, kept.length - newest);
  }
  // The follower returns each byte as one character.
  return kept.map((line) => Buffer.from(line, 'latin1').toString('utf8'));
}

function formatAccessLine(line: string): string {
  try {
    return formatAccess(JSON.parse(line) as AccessRecord);
  } catch {
    return line;
  }
}

function formatAuditLine(line: string): string {
  try {
    return formatAudit(JSON.parse(line) as AuditRecord);
  } catch {
    return line;
  }
}

/** Only lines that have the text at all are parsed: a log has tens of thousands. */
function hasId(line: string, id: string): boolean {
  if (!line.includes(id)) return false;
  try {
    return (JSON.parse(line) as Partial<AccessRecord>).id === id;
  } catch {
    return false;
  }
}

function parseId(text: string): string {
  if (isRequestId(text)) return text;
  throw new InvalidArgumentError('The value of an X-Request-Id header is accepted.');
}

function parseCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A whole number is accepted.');
}

class NoApplianceError extends Error {
  readonly code = 'NO_APPLIANCE';
  readonly hint = 'run it inside the container: podman exec CONTAINER registry-cache logs';

  constructor(runDir: string) {
    super(`${runDir} does not exist: no appliance runs here`);
    this.name = 'NoApplianceError';
  }
}
