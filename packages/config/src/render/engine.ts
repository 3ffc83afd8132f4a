import { engineRoot, HOSTED_ID, hostedDir, socketPath } from '@registry-cache/domain';
import type { Model } from '../model/build.ts';
import { takesUploads } from '../model/lets-push.ts';
import type { RenderContext } from './context.ts';
import { type RenderedTree, secretFile } from './file.ts';

/** One distribution configuration for each upstream. Only egress knows the upstream's address. */
export function renderEngine(
  model: Model,
  { run, template, secrets }: RenderContext,
): RenderedTree {
  const render = template('engine.yml.hbs');
  return new Map(
    model.upstreams.map(({ id }) => [
      `etc/engines/${id}.yml`,
      secretFile(
        render({
          id,
          rootDirectory: engineRoot(model.settings.REGISTRYDIR, id),
          socket: socketPath(run, `engine-${id}`),
          egressUrl: `http://127.0.0.1:${model.settings.EGRESS_PORT}`,
          bootSecret: secrets.bootSecret,
          logLevel: engineLogLevel(model.settings.LOG_LEVEL),
          logFormat: model.settings.LOG_FORMAT,
        }),
      ),
    ]),
  );
}

/** The configuration of the distribution registry that takes uploads and keeps hosted images. */
export function renderHostedEngine(
  model: Model,
  { run, template, secrets }: RenderContext,
): RenderedTree {
  const { settings } = model;
  if (!takesUploads(model)) return new Map();
  const content = template('hosted-engine.yml.hbs')({
    rootDirectory: engineRoot(hostedDir(settings.REGISTRYDIR), HOSTED_ID),
    socket: socketPath(run, 'hosted-engine'),
    bootSecret: secrets.bootSecret,
    logLevel: engineLogLevel(settings.LOG_LEVEL),
    logFormat: settings.LOG_FORMAT,
  });
  return new Map([['etc/hosted-engine.yml', secretFile(content)]]);
}

/** At `info` and above distribution writes several lines for each request. */
function engineLogLevel(level: string): string {
  return level === 'trace' || level === 'debug' ? 'debug' : 'error';
}
