import { readFile } from 'node:fs/promises';
import type { CacheAddress } from './cache/address.ts';
import { fetchSetup } from './cache/fetch-setup.ts';
import type { NodeFiles } from './files/node-files.ts';
import type { Position } from './merge/hosts-toml.ts';
import type { NodeClient } from './node-client.ts';
import { planNode, type SetupFile } from './plan-node.ts';

/** How long a fetched set-up counts. Registries may be added to the cache at any time. */
const SETUP_TIME_MS = 30_000;
const TIMEOUT_MS = 5_000;

export interface NodeSetupOptions {
  readonly client: NodeClient;
  /** The cache as the node reaches it: `localhost:30026`. */
  readonly address: string;
  /** A file with `user:password` for the cache; undefined if it asks for no login. */
  readonly loginPath?: string | undefined;
  /** Whether containerd may be restarted, where it does not look for hosts.toml files yet. */
  readonly mayRestart: boolean;
  /** Where the cache stands in hosts.toml files. */
  readonly position: Position;
}

/** What is done to the processes of the node. */
export interface RuntimeDeps {
  readonly hangUp: (name: string) => Promise<void>;
  /** Returns the id of the new process. */
  readonly restartContainerd: () => Promise<string>;
  readonly findContainerd: () => Promise<string>;
}

/** Puts the cache's set-up into the files of a node, and lets its runtime read them. */
export class NodeSetup {
  readonly #options: NodeSetupOptions;
  readonly #files: NodeFiles;
  readonly #deps: RuntimeDeps;
  #fetched: { readonly files: SetupFile[]; readonly at: number } | undefined;

  constructor(options: NodeSetupOptions, files: NodeFiles, deps: RuntimeDeps) {
    this.#options = options;
    this.#files = files;
    this.#deps = deps;
  }

  /** Returns the changed paths. */
  async putIn(cache: CacheAddress): Promise<string[]> {
    const { client, loginPath, mayRestart, position } = this.#options;
    const setup = await this.#fetch(cache);
    const login = loginPath === undefined ? undefined : (await readFile(loginPath, 'utf8')).trim();
    const wanted = planNode(client, setup, this.#files, { login, mayRestart, position });
    const changed = await this.#files.put(wanted);
    if (wanted.some(({ isLasting }) => isLasting)) await this.#restartOnce();
    await this.#reload(changed);
    return changed;
  }

  async takeOut(): Promise<string[]> {
    const changed = await this.#files.takeOut();
    await this.#reload(changed);
    return changed;
  }

  /** The runtime keeps what it has read of its own configuration: no restart is needed to leave. */
  async takeAllOut(): Promise<string[]> {
    const changed = await this.#files.takeAllOut();
    await this.#reload(changed);
    return changed;
  }

  async #fetch(cache: CacheAddress): Promise<SetupFile[]> {
    const former = this.#fetched;
    if (former !== undefined && Date.now() - former.at < SETUP_TIME_MS) return former.files;
    const files = await fetchSetup(cache, this.#options.client.setup, TIMEOUT_MS);
    this.#fetched = { files, at: Date.now() };
    return files;
  }

  /** One process of containerd reads its configuration once. */
  async #restartOnce(): Promise<void> {
    const { restarted } = this.#files;
    if (restarted !== undefined && restarted === (await this.#deps.findContainerd())) return;
    await this.#files.keepRestarted(await this.#deps.restartContainerd());
  }

  async #reload(changed: readonly string[]): Promise<void> {
    const { process } = this.#options.client;
    if (process !== undefined && changed.length > 0) await this.#deps.hangUp(process);
  }
}
