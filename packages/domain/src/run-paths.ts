import { join } from 'node:path';

/**
 * The run directory: everything that lives no longer than the container does.
 *
 *     <run>/
 *       etc/                   the rendered configuration, applied file by file
 *       staged/                the next configuration, until the real programs accept it
 *       secrets/               what the programs need of secrets: the operator's, and those
 *                              of this boot, such as what callers of egress must hold (0600)
 *       sock/                  every unix socket
 *       access-log.pipe        by which lines get from the edge to the logger; not beside the
 *                              log, where each write would wake who watches that
 *       log/access.log[.1]     what the edge served, one JSON object a line
 *       state/                 places to go on from after a program's restart
 *       metrics/*.prom         what programs without a port of their own report
 *       config/                what is the configurator's and supervisord's alone to write
 *
 * Where the container starts as root, `<run>`, `etc`, `staged`, `secrets` and `config` are root's,
 * and open to the programs' group for reading; the others are the programs' own.
 */
export interface RunPaths {
  readonly root: string;
  readonly etc: string;
  readonly staged: string;
  readonly secrets: string;
  readonly sockets: string;
  readonly logPipe: string;
  readonly accessLog: string;
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
    state: join(root, 'state'),
    metrics: join(root, 'metrics'),
    config: join(root, 'config'),
  };
}

export function socketPath(run: RunPaths, name: string): string {
  return join(run.sockets, `${name}.sock`);
}
