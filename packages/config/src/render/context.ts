import type { RunPaths } from '@registry-cache/domain';
import type { OpenSecrets } from './secrets.ts';
import type { Template } from './templates.ts';

/** Everything besides the model that renderers need. */
export interface RenderContext {
  readonly run: RunPaths;
  /** The unprivileged user to switch to; undefined where the container already is one. */
  readonly user: string | undefined;
  readonly template: (name: string) => Template;
  readonly secrets: OpenSecrets;
}
