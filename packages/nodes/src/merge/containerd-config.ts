import { parse, type TomlTable } from 'smol-toml';

/** Where containerd looks for hosts.toml files. */
export type ConfigPath =
  | { readonly kind: 'set'; readonly folder: string }
  /** Nowhere. `text` is its configuration with a folder in it, for which it has to be restarted. */
  | { readonly kind: 'unset'; readonly text: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** The plugin that pulls for Kubernetes, by the version of the file. */
const PLUGINS = new Map([
  [2, 'io.containerd.grpc.v1.cri'],
  [3, 'io.containerd.cri.v1.images'],
]);

/**
 * Reads `config_path` in the configuration of containerd (its docs/cri/registry.md).
 *
 * @param folder - The folder to add where there is none.
 */
export function planConfigPath(text: string, folder: string): ConfigPath {
  const config = parseOrUndefined(text);
  if (config === undefined) return { kind: 'refused', reason: 'it is no TOML' };
  const version = config.version === undefined ? 1 : Number(config.version);
  // A file of version 2 may name the plugins of containerd 2 as well.
  const found = [...PLUGINS.values()].map((plugin) => registryOf(config, plugin));
  const registry = found.find((one) => typeof one?.config_path === 'string' && one.config_path);
  const first = String(registry?.config_path ?? '').split(':')[0] ?? '';
  if (first !== '') return { kind: 'set', folder: first };
  const plugin = PLUGINS.get(version);
  if (plugin === undefined) {
    return { kind: 'refused', reason: `its version is ${version}; accepted: 2 or 3` };
  }
  const own = registryOf(config, plugin);
  const deprecated = ['mirrors', 'configs'].find((key) => hasKeys(own?.[key]));
  if (deprecated !== undefined) {
    const reason = `it has registry.${deprecated}, which containerd does not take beside config_path`;
    return { kind: 'refused', reason };
  }
  const amended = addConfigPath(text, plugin, folder);
  const result = parseOrUndefined(amended) ?? {};
  return registryOf(result, plugin)?.config_path === folder
    ? { kind: 'unset', text: amended }
    : { kind: 'refused', reason: 'config_path cannot be added to it' };
}

function addConfigPath(text: string, plugin: string, folder: string): string {
  const line = `  config_path = ${JSON.stringify(folder)}\n`;
  const header = new RegExp(
    `^[ \\t]*\\[\\s*plugins\\s*\\.\\s*["']${plugin.replaceAll('.', '\\.')}["']\\s*\\.\\s*registry\\s*\\][^\\n]*\\n`,
    'm',
  );
  const match = header.exec(text);
  if (match === null) {
    const end = text.endsWith('\n') ? '' : '\n';
    return `${text}${end}\n[plugins."${plugin}".registry]\n${line}`;
  }
  const at = match.index + match[0].length;
  const rest = text.slice(at);
  const next = rest.search(/^[ \t]*\[/m);
  const table = next === -1 ? rest : rest.slice(0, next);
  const without = table.replace(/^[ \t]*config_path[ \t]*=[^\n]*\n?/m, '');
  return text.slice(0, at) + line + without + rest.slice(table.length);
}

function registryOf(config: TomlTable, plugin: string): TomlTable | undefined {
  const plugins = config.plugins as TomlTable | undefined;
  const { registry } = (plugins?.[plugin] ?? {}) as TomlTable;
  return registry as TomlTable | undefined;
}

function parseOrUndefined(text: string): TomlTable | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function hasKeys(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
