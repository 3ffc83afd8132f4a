import { hostedDir, INTERNAL_HEADERS, INTERNAL_PATHS, socketPath } from '@registry-cache/domain';
import type { Model } from '../model/build.ts';
import { planCapacity } from './capacity.ts';
import type { RenderContext } from './context.ts';
import { formatAnswerTime, formatEdgeTime } from './edge-time.ts';
import { type RenderedTree, secretFile } from './file.ts';

/** Sending files costs a sixth of the edge's TLS. More workers would only wake each other. */
const MAX_WORKERS = 4;

export function renderNginx(model: Model, { run, template, secrets }: RenderContext): RenderedTree {
  const content = template('nginx.conf.hbs')({
    headers: INTERNAL_HEADERS,
    paths: INTERNAL_PATHS,
    workers: Math.max(1, Math.min(Math.floor(model.cpus / 2), MAX_WORKERS)),
    connections: planCapacity(model).nginxConnections,
    runRoot: run.root,
    answerTimeout: formatAnswerTime(model.settings.EGRESS_IDLE_TIMEOUT),
    sendTimeout: formatEdgeTime(model.settings.EDGE_SEND_TIMEOUT),
    storeRoot: model.settings.REGISTRYDIR,
    egressSocket: socketPath(run, 'egress'),
    hosted: model.hosted && {
      socket: socketPath(run, 'hosted'),
      hotSocket: socketPath(run, 'hosted-hot'),
      root: hostedDir(model.settings.REGISTRYDIR),
    },
    upstreams: model.upstreams.map(({ id, key }) => ({
      id,
      key,
      hotSocket: socketPath(run, `hot-${id}`),
      engineSocket: socketPath(run, `engine-${id}`),
      authorization: `Basic ${Buffer.from(`${id}:${secrets.bootSecret}`).toString('base64')}`,
    })),
  });
  return new Map([['etc/nginx.conf', secretFile(content)]]);
}
