import { socketPath } from '@registry-cache/domain';
import type { Model } from '../model/build.ts';
import { type RenderContext, type RenderedTree, secretFile } from './tree.ts';

/** Sending files costs little; the edge needs the processors for TLS. */
const MAX_WORKERS = 4;

export function renderNginx(model: Model, { run, template }: RenderContext): RenderedTree {
  const secret = model.bootSecret.reveal();
  const content = template('nginx.conf.hbs')({
    workers: Math.min(model.cpus, MAX_WORKERS),
    runRoot: run.root,
    storeRoot: model.settings.REGISTRYDIR,
    egressSocket: socketPath(run, 'egress'),
    upstreams: model.upstreams.map(({ id, key }) => ({
      id,
      key,
      hotSocket: socketPath(run, `hot-${id}`),
      engineSocket: socketPath(run, `engine-${id}`),
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    })),
  });
  return new Map([['etc/nginx.conf', secretFile(content)]]);
}
