import { createServer } from 'node:net';
import { EDGE_PORT, LISTENER_SETTINGS, type Settings } from '@registry-cache/config';
import { type RunPaths, socketPath } from '@registry-cache/domain';
import { type CheckContext, type CheckOutcome, INPUT_IS_BROKEN, tried } from '../check.ts';
import type { FaultId } from '../faults/faults.ts';
import { buildFinding, type Finding } from '../finding.ts';
import { isAccepting } from '../reach/unix-socket.ts';

export interface Listener {
  /** Its setting. */
  readonly name: string;
  /** `127.0.0.1:8081`, or `:8443` for every address. */
  readonly address: string;
  readonly program: 'haproxy' | 'egress';
}

export interface PortFacts extends Listener {
  /** `free`, `own` while the appliance runs, or the code of the system. */
  readonly outcome: string;
}

const FAULT_OF_CODE: Readonly<Record<string, FaultId>> = {
  EADDRINUSE: 'port-taken',
  EACCES: 'port-forbidden',
  EADDRNOTAVAIL: 'address-foreign',
};

export function findPortFaults(facts: readonly PortFacts[]): Finding[] {
  return facts.flatMap(({ name, address, outcome }) => {
    const id = FAULT_OF_CODE[outcome];
    return id === undefined
      ? []
      : [buildFinding(id, { subject: `${name} ${address}`, found: outcome })];
  });
}

/** Every listener that is on. */
export function listListeners(settings: Settings, hasProxy: boolean): Listener[] {
  const chosen = LISTENER_SETTINGS.filter((name) => hasProxy || name !== 'CONNECT_LISTEN');
  return [
    { name: 'the TLS port', address: `:${EDGE_PORT}`, program: 'haproxy' },
    { name: 'EGRESS_PORT', address: `127.0.0.1:${settings.EGRESS_PORT}`, program: 'egress' },
    ...chosen
      .map((name) => ({ name, address: settings[name], program: 'haproxy' as const }))
      .filter(({ address }) => address !== ''),
  ];
}

export async function checkPorts({ settings, model, run }: CheckContext): Promise<CheckOutcome> {
  if (settings === undefined) return INPUT_IS_BROKEN;
  const listeners = listListeners(settings, model?.connect !== undefined);
  const running = await findRunning(run);
  const facts = await Promise.all(
    listeners.map(async (one) => {
      // A program that runs has its ports, since it would not have started without them.
      const outcome = running[one.program] ? 'own' : await tryListening(one.address);
      return { ...one, outcome };
    }),
  );
  return tried(listeners.map(({ address }) => address).join(' '), findPortFaults(facts));
}

async function findRunning(run: RunPaths): Promise<Record<Listener['program'], boolean>> {
  const [haproxy, egress] = await Promise.all([
    isAccepting(socketPath(run, 'haproxy-metrics')),
    isAccepting(socketPath(run, 'egress')),
  ]);
  return { haproxy, egress };
}

/** `free`, or the code of the system. */
function tryListening(address: string): Promise<string> {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
  const name = host.replace(/^\[|\]$/g, '').replace(/^\*$/, '');
  const { promise, resolve } = Promise.withResolvers<string>();
  const server = createServer();
  server.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'failed'));
  const place = { port: Number(port), exclusive: true, ...(name !== '' && { host: name }) };
  server.listen(place, () => server.close(() => resolve('free')));
  return promise;
}
