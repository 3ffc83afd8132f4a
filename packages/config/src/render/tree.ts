import type { RunPaths } from '@registry-cache/domain';
import type { Model } from '../model/build.ts';
import { renderClientSetup } from './client-setup.ts';
import { renderEngine } from './engine.ts';
import { renderHaproxy } from './haproxy.ts';
import { renderNginx } from './nginx.ts';
import { renderSupervisor } from './supervisor.ts';
import { loadTemplates, type Template } from './templates.ts';
import { renderWorkers } from './workers.ts';

export interface RenderedFile {
  readonly content: string;
  /** Without the bits for others where the content holds a secret; see `secretFile` and `ownFile`. */
  readonly mode: number;
}

/** Paths relative to the run directory (`etc/haproxy/haproxy.cfg`) to files. */
export type RenderedTree = ReadonlyMap<string, RenderedFile>;

/** What a renderer needs besides the model. */
export interface RenderContext {
  readonly run: RunPaths;
  /** The unprivileged user to switch to; undefined where the container already is one. */
  readonly user: string | undefined;
  readonly template: (name: string) => Template;
}

/** The whole configuration. Pure: the same model gives the same bytes. */
export function renderTree(
  model: Model,
  run: RunPaths,
  user: string | undefined,
  templatesDir?: string,
): RenderedTree {
  const context: RenderContext = { run, user, template: loadTemplates(templatesDir) };
  const engines = renderEngine(model, context);
  return new Map([
    ...renderHaproxy(model, context),
    ...renderClientSetup(model),
    ...renderNginx(model, context),
    ...engines,
    ...renderWorkers(model, context),
    ...renderSupervisor(model, context, engines),
  ]);
}

export function publicFile(content: string): RenderedFile {
  return { content, mode: 0o644 };
}

/** For the programs, and for nobody else: as root's it is readable for their group. */
export function secretFile(content: string): RenderedFile {
  return { content, mode: 0o640 };
}

/** For `config` and supervisord alone, which are root where the container is. */
export function ownFile(content: string): RenderedFile {
  return { content, mode: 0o600 };
}
