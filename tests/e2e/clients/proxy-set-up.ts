import type { Credentials, Machine } from '@registry-cache/testbed';

const PROXY_HOST = 'cache.test:3128';
/** Runs the script in the machine's shell. `-s -- SERVICE` are the script's arguments. */
const RUN_SCRIPT = `curl -fsS http://${PROXY_HOST}/setup/systemd | sh -s -- "$1"`;
const TRUST = `
curl -fsS http://${PROXY_HOST}/ca.crt >/usr/local/share/ca-certificates/registry-cache-proxy.crt
update-ca-certificates
`;

/** The variables with which a program on the machine uses the proxy. */
export interface WayOut {
  readonly machine: Machine;
  readonly env: Readonly<Record<string, string>>;
  /** The same with a login. */
  with(credentials: Credentials): WayOut;
}

/** Makes the machine trust the proxy's authority, by the documented commands. */
export async function openWayOut(machine: Machine): Promise<WayOut> {
  await runShell(machine, TRUST);
  const describe = (credentials?: Credentials): WayOut => ({
    machine,
    env: { HTTPS_PROXY: formatProxy(credentials) },
    with: describe,
  });
  return describe();
}

/**
 * Runs the proxy's own script for a service. Machines here run without systemd, so this returns
 * the environment that the drop-in would give to the service.
 */
export async function setUpService(
  machine: Machine,
  service: string,
  credentials?: Credentials,
): Promise<Record<string, string>> {
  await machine.write('/usr/local/bin/systemctl', '#!/bin/sh\n');
  await runShell(machine, 'chmod +x /usr/local/bin/systemctl');
  await runShell(machine, RUN_SCRIPT, service, { PROXY: formatProxy(credentials) });
  const dropIn = `/etc/systemd/system/${service}.service.d/registry-cache-proxy.conf`;
  const pairs = (await machine.read(dropIn)).matchAll(/"([A-Z_]+)=([^"]*)"/g);
  return Object.fromEntries(
    [...pairs].map(([, name = '', value = '']) => [name, value.replaceAll('%%', '%')]),
  );
}

function formatProxy(credentials?: Credentials): string {
  if (credentials === undefined) return `http://${PROXY_HOST}`;
  const [username, password] = [credentials.username, credentials.password].map(encodeURIComponent);
  return `http://${username}:${password}@${PROXY_HOST}`;
}

async function runShell(
  machine: Machine,
  script: string,
  argument = '',
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const args = ['-euc', script, 'sh', argument];
  const { exitCode, stdout, stderr } = await machine.run('sh', args, { env });
  if (exitCode !== 0) throw new Error(`${script}: exit code ${exitCode}\n${stdout}${stderr}`);
}
