import type { RunPaths } from '@registry-cache/domain';
import type { Model } from '../model/build.ts';
import { renderClientSetup } from './client-setup.ts';
import type { RenderContext } from './context.ts';
import { renderEngine, renderHostedEngine } from './engine.ts';
import type { RenderedTree } from './file.ts';
import { renderHaproxy } from './haproxy.ts';
import { renderNginx } from './nginx.ts';
import { renderRsyslog } from './rsyslog.ts';
import { renderSecretFiles } from './secret-files.ts';
import { openSecrets } from './secrets.ts';
import { renderSupervisor } from './supervisor.ts';
import { loadTemplates } from './templates.ts';
import { renderWorkers } from './workers.ts';

/** The whole configuration. Pure: the same model gives the same bytes. */
export function renderTree(model: Model, run: RunPaths, user: string | undefined): RenderedTree {
  const context: RenderContext = {
    run,
    user,
    template: loadTemplates(),
    secrets: openSecrets(model),
  };
  const engines = renderEngine(model, context);
  return new Map([
    ...renderHaproxy(model, context),
    ...renderClientSetup(model),
    ...renderNginx(model, context),
    ...engines,
    ...renderHostedEngine(model, context),
    ...renderRsyslog(model, context),
    ...renderWorkers(model, context),
    ...renderSecretFiles(model, context),
    ...renderSupervisor(model, context, engines),
  ]);
}
