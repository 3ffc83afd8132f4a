import { socketPath } from '@registry-cache/domain';
import { publicFile, type RenderContext, type RenderedTree } from './tree.ts';

/** 16 MiB twice: the log lives in the run directory, which is usually memory. */
const ROTATE_AT_BYTES = 16 * 1024 * 1024;

export function renderRsyslog({ run, template }: RenderContext): RenderedTree {
  const content = template('rsyslog.conf.hbs')({
    socket: socketPath(run, 'log'),
    accessLog: run.accessLog,
    workDirectory: run.state,
    rotateAtBytes: ROTATE_AT_BYTES,
  });
  return new Map([['etc/rsyslog.conf', publicFile(content)]]);
}
