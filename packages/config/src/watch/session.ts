import { createHash } from 'node:crypto';
import {
  formatIssue,
  InvalidInputError,
  type Logger,
  type RunPaths,
  unwrap,
  writeMetrics,
} from '@registry-cache/domain';
import { findChanges, planReloads } from '../apply/changes.ts';
import { runReloads } from '../apply/reload.ts';
import { applyChanges, writeTree } from '../apply/write-tree.ts';
import { findCertificate } from '../certificate/ensure.ts';
import { prepareEngineRoot } from '../host/prepare-store.ts';
import { readHost } from '../host/read-host.ts';
import type { RunUser } from '../host/user.ts';
import { type Inputs, readInputs } from '../inputs/read.ts';
import { buildModel } from '../model/build.ts';
import { type RenderedTree, renderTree } from '../render/tree.ts';
import type { Settings } from '../settings/table.ts';
import { validateTree } from '../validate/validate.ts';
import { readTree } from './read-tree.ts';

/** Follows the inputs of one running appliance; `update()` may be called as often as one likes. */
export class ConfigSession {
  readonly #settings: Settings;
  readonly #run: RunPaths;
  readonly #user: RunUser | undefined;
  readonly #log: Logger;
  #seen: string | undefined;
  #running: RenderedTree | undefined;
  #failures = 0;

  constructor(settings: Settings, run: RunPaths, user: RunUser | undefined, log: Logger) {
    this.#settings = settings;
    this.#run = run;
    this.#user = user;
    this.#log = log;
  }

  /**
   * Reads the inputs and, where they changed, brings the appliance there. A change that is
   * broken is said once and leaves everything as it is. Never throws.
   */
  async update(): Promise<void> {
    const certificatePath = await findCertificate(this.#settings, this.#run);
    const inputs = await readInputs({ ...this.#settings, CERTIFICATEPATH: certificatePath });
    const fingerprint = fingerprintInputs(inputs);
    if (fingerprint === this.#seen) return;
    this.#seen = fingerprint;
    try {
      await this.#apply(inputs);
      await this.#report(true);
    } catch (error) {
      this.#failures += 1;
      if (error instanceof InvalidInputError) {
        const issues = error.issues.map(formatIssue);
        this.#log.error({ issues }, 'a changed input is broken; the last good configuration stays');
      } else {
        this.#log.error({ err: error }, 'a changed input could not be applied');
      }
      await this.#report(false);
    }
  }

  async #apply(inputs: Inputs): Promise<void> {
    const { upstreams, tree } = await this.#render(inputs);
    this.#running ??= await readTree(this.#run, ['etc', 'secrets']);
    const changes = findChanges(this.#running, tree);
    if (changes.written.length + changes.removed.length === 0) return;
    await writeTree(this.#run.staged, tree, this.#user);
    await validateTree(this.#run.staged, this.#user);
    for (const id of upstreams) {
      await prepareEngineRoot(this.#settings.REGISTRYDIR, id, this.#user);
    }
    await applyChanges(this.#run.root, tree, changes, this.#user);
    this.#running = tree;
    await runReloads(planReloads(changes), this.#run, this.#log);
  }

  async #render(inputs: Inputs): Promise<{ upstreams: string[]; tree: RenderedTree }> {
    const model = unwrap(buildModel(this.#settings, inputs, await readHost(this.#run)));
    const tree = renderTree(model, this.#run, this.#user?.name);
    return { upstreams: model.upstreams.map(({ id }) => id), tree };
  }

  async #report(isGood: boolean): Promise<void> {
    await writeMetrics(this.#run.metrics, 'config', [
      {
        name: 'registry_cache_config_last_reload_successful',
        help: 'Whether the newest input files are the ones that are in use.',
        type: 'gauge',
        value: isGood ? 1 : 0,
      },
      {
        name: 'registry_cache_config_reload_failures_total',
        help: 'Changes of input files that could not be used.',
        type: 'counter',
        value: this.#failures,
      },
    ]);
  }
}

function fingerprintInputs({ authorities, ...texts }: Inputs): string {
  const everything = JSON.stringify([texts, [...authorities]]);
  return createHash('sha256').update(everything).digest('hex');
}
