import { join } from 'node:path';

/**
 * The run directory: all files that live no longer than the container.
 *
 *     <run>/
 *       etc/                   the rendered configuration, applied file by file
 *       staged/                the next configuration, until the real programs accept it
 *       secrets/               secrets that programs read: the operator's, and those of this
 *                              boot, such as the password for callers of egress (0600)
 *       sock/                  every unix socket
 *       access-log.pipe        carries lines from the edge to the logger; not beside the log,
 *                              where each write would wake the programs that watch it
 *       log/access.log[.1]     the access log, one JSON object for each line
 *       syslog/messages.log[.1] messages of HAProxy, and of rsyslog itself
 *       log-report.pipe        carries what rsyslog has dropped to the logger
 *       state/                 positions from which programs go on after a restart
 *       metrics/*.prom         metrics of programs without a port of their own
 *       config/                files that only the configurator and supervisord write; with
 *                              LOG_FORWARD also programs.log[.1], the output of all programs
 *
 * If the container starts as root, `<run>`, `etc`, `staged`, `secrets` and `config` belong to root,
 * and the programs' group may read them. The other folders belong to the programs.
 */
export interface RunPaths {
  readonly root: string;
  readonly etc: string;
  readonly staged: string;
  readonly secrets: string;
  readonly sockets: string;
  readonly logPipe: string;
  readonly accessLog: string;
  readonly messagesLog: string;
  readonly programsLog: string;
  readonly reportPipe: string;
  readonly state: string;
  readonly metrics: string;
  readonly config: string;
}

export const DEFAULT_RUN_DIR = '/run/registry-cache';

export function runPaths(root: string = DEFAULT_RUN_DIR): RunPaths {
  return {
    root,
    etc: join(root, 'etc'),
    staged: join(root, 'staged'),
    secrets: join(root, 'secrets'),
    sockets: join(root, 'sock'),
    logPipe: join(root, 'access-log.pipe'),
    accessLog: join(root, 'log', 'access.log'),
    messagesLog: join(root, 'syslog', 'messages.log'),
    programsLog: join(root, 'config', 'programs.log'),
    reportPipe: join(root, 'log-report.pipe'),
    state: join(root, 'state'),
    metrics: join(root, 'metrics'),
    config: join(root, 'config'),
  };
}

export function socketPath(run: RunPaths, name: string): string {
  return join(run.sockets, `${name}.sock`);
}
