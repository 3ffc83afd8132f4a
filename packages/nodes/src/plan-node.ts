import { posix } from 'node:path';
import { type ConfigPath, planConfigPath } from './merge/containerd-config.ts';
import { mergeDaemon } from './merge/daemon-json.ts';
import { fillLogin, mergeHosts, type Position } from './merge/hosts-toml.ts';
import { mergeRegistries } from './merge/registries-conf.ts';
import type { NodeClient } from './node-client.ts';

const CERTS_D = '/etc/containerd/certs.d';
const CONFIG = '/etc/containerd/config.toml';
const DROP_INS = '/etc/containers/registries.conf.d';
/** It counts after all others, which the entries in it contain. */
const DROP_IN = `${DROP_INS}/zz-registry-cache.conf`;

/** One file of the set-up that the cache serves. */
export interface SetupFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/** A file as it shall be on the node. */
export interface WantedFile {
  readonly path: string;
  readonly mode: number;
  /** The content, by that of the node's own file; undefined if the node has none. */
  readonly merge: (base: string | undefined) => string;
  /** It stays while the cache is away, since the runtime would have to be restarted. */
  readonly isLasting?: boolean;
}

export interface NodeView {
  /** A file of the node without what the set-up has put there. Undefined if there is none. */
  readonly read: (path: string) => string | undefined;
  /** The names in a folder of the node. Empty if there is none. */
  readonly list: (path: string) => readonly string[];
}

export interface PlanOptions {
  /** `user:password` for hosts.toml files; undefined for none. */
  readonly login: string | undefined;
  /** Whether containerd may be restarted, where it does not look for hosts.toml files yet. */
  readonly mayRestart: boolean;
  /** Where the cache stands in hosts.toml files. */
  readonly position: Position;
}

/**
 * The files of a node, from those of the client set-up.
 *
 * @throws if containerd's configuration cannot be used; the message says why.
 */
export function planNode(
  client: NodeClient,
  setup: readonly SetupFile[],
  view: NodeView,
  options: PlanOptions,
): WantedFile[] {
  const { login } = options;
  if (client.setup === 'crio') return planCrio(setup, view, options);
  const filled = setup.map((file) =>
    isHosts(file) && login !== undefined
      ? { ...file, content: fillLogin(file.content, login), mode: 0o600 }
      : file,
  );
  return client.config === undefined
    ? filled.map((file) => planFile(file, options))
    : planContainerd(client.config, filled, view, options);
}

function planContainerd(
  { path, writer }: NonNullable<NodeClient['config']>,
  setup: readonly SetupFile[],
  view: NodeView,
  options: PlanOptions,
): WantedFile[] {
  const hosts = setup.filter((file) => file.path !== CONFIG);
  const plan = planConfig(view.read(path), setup);
  if (plan.kind === 'set') {
    return hosts.map((file) => planFile(moveFile(file, plan.folder), options));
  }
  if (plan.kind === 'refused') throw new Error(`${path}: ${plan.reason}`);
  if (writer === 'distribution') {
    throw new Error(`${path}: it has no config_path; accepted: that of k3s or RKE2 1.27 or newer`);
  }
  if (!options.mayRestart) {
    const accepted = `a config_path such as ${CERTS_D}, or --restart, which adds it`;
    throw new Error(`${path}: it has no config_path; accepted: ${accepted}`);
  }
  const config = { path, mode: 0o644, merge: () => plan.text, isLasting: true };
  return [...hosts.map((file) => planFile(file, options)), config];
}

/** Without a configuration, containerd gets that of the client set-up. */
function planConfig(text: string | undefined, setup: readonly SetupFile[]): ConfigPath {
  if (text !== undefined) return planConfigPath(text, CERTS_D);
  const own = setup.find((file) => file.path === CONFIG);
  return own === undefined
    ? { kind: 'refused', reason: 'it is missing' }
    : { kind: 'unset', text: own.content };
}

/** The folder is also in the texts, which name the certificate. */
function moveFile({ path, content, mode }: SetupFile, folder: string): SetupFile {
  const target = posix.normalize(folder).replace(/\/$/, '');
  return {
    path: path.replace(CERTS_D, () => target),
    content: content.replaceAll(`"${CERTS_D}/`, () => `"${target}/`),
    mode,
  };
}

function planCrio(
  setup: readonly SetupFile[],
  { read, list }: NodeView,
  options: PlanOptions,
): WantedFile[] {
  const names = list(DROP_INS)
    .filter((name) => name.endsWith('.conf') && `${DROP_INS}/${name}` !== DROP_IN)
    .sort();
  const paths = ['/etc/containers/registries.conf', ...names.map((name) => `${DROP_INS}/${name}`)];
  const others = paths.map((path) => read(path) ?? '');
  return setup.map((file) =>
    posix.dirname(file.path) === DROP_INS
      ? { path: DROP_IN, mode: file.mode, merge: () => mergeRegistries(others, file.content) }
      : planFile(file, options),
  );
}

function planFile(file: SetupFile, { position }: PlanOptions): WantedFile {
  const { path, content, mode } = file;
  if (isHosts(file)) return { path, mode, merge: (base) => mergeHosts(base, content, position) };
  if (posix.basename(path) === 'daemon.json') {
    return { path, mode, merge: (base) => mergeDaemon(base, content) };
  }
  return { path, mode, merge: () => content };
}

function isHosts({ path }: SetupFile): boolean {
  return posix.basename(path) === 'hosts.toml';
}
