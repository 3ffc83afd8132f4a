import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { logQueueDir, socketPath } from '@registry-cache/domain';
import type { Model } from '../model/build.ts';
import { takesUploads } from '../model/lets-push.ts';
import { watchListPath } from '../watch/watch-list.ts';
import type { RenderContext } from './context.ts';
import { mustDecide } from './deciding.ts';
import { ownFile, publicFile, type RenderedTree } from './file.ts';

/** supervisord, with one program file for each engine, so that it sees the changed engines. */
export function renderSupervisor(
  model: Model,
  { run, user, template, secrets }: RenderContext,
  engines: RenderedTree,
): RenderedTree {
  const etc = run.etc;
  const shared = {
    isPrivileged: user !== undefined,
    user: user ?? '',
    etc,
    own: run.config,
    socket: join(run.config, 'supervisor.sock'),
    watchList: watchListPath(run),
    isForwarded: model.settings.LOG_FORWARD.length > 0,
    programsLog: run.programsLog,
    queueFolder: logQueueDir(model.settings.REGISTRYDIR),
    masterSocket: socketPath(run, 'haproxy-master'),
    hasAuth: mustDecide(model),
    hasHosted: takesUploads(model),
    hasJobs: model.warm.length > 0,
    hasRules: model.access !== undefined,
    password: secrets.supervisorSecret,
    egressPort: model.settings.EGRESS_PORT,
  };
  const tree = new Map([
    ['etc/supervisor/supervisord.conf', ownFile(template('supervisord.conf.hbs')(shared))],
  ]);
  const renderProgram = template('engine-program.conf.hbs');
  for (const { id } of model.upstreams) {
    const configuration = engines.get(`etc/engines/${id}.yml`)?.content ?? '';
    const view = {
      ...shared,
      id,
      configFile: join(etc, 'engines', `${id}.yml`),
      configHash: createHash('sha256').update(configuration).digest('hex').slice(0, 16),
    };
    tree.set(`etc/supervisor/engines/${id}.conf`, publicFile(renderProgram(view)));
  }
  return tree;
}
