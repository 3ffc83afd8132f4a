import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { Secret } from '@registry-cache/domain';
import { type FaultProxy, type FaultRule, startFaultProxy } from '@registry-cache/testbed';
import { derivePeerCertificate } from '../../packages/config/src/peers/derive-certificate.ts';
import { PEER_PORT, type Replica, SECRET } from './replicas.ts';
import type { Stage } from './stage.ts';

/** A member of PEERS that has everything of a registry. Its faults are those of the rules. */
export interface FakePeer extends FaultProxy {
  /** As in PEERS. */
  readonly member: string;
  /** Replaces its faults. Without any it answers well. */
  setFaults(...rules: readonly FaultRule[]): void;
}

const IS_WELL: FaultRule = { when: { path: /^\/alive$/ }, do: { respond: { status: 204 } } };

/** Starts a peer that knows the secret, on the gateway of the stage's network. */
export async function startFakePeer(stage: Stage, registryUrl: string): Promise<FakePeer> {
  const { certificatePem, keyPem } = describeItself();
  const proxy = stage.use(
    await startFaultProxy({
      host: stage.network.gateway,
      upstream: registryUrl,
      tls: { certificatePem, keyPem },
      clientCa: certificatePem,
      rules: [IS_WELL],
    }),
  );
  return {
    ...proxy,
    member: `${proxy.host}:${proxy.port}`,
    // A fault of all requests is one of the checks too.
    setFaults: (...rules) => proxy.setRules(...rules, IS_WELL),
  };
}

/** Asks a replica as a peer does, and resolves with the status. */
export async function askAsPeer(
  { address }: Replica,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const { certificatePem: cert, keyPem: key } = describeItself();
  const asked = request({
    host: address,
    port: PEER_PORT,
    path,
    headers,
    cert,
    key,
    ca: cert,
    // The certificate names no address.
    checkServerIdentity: () => undefined,
    agent: false,
  });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.destroy();
  return answer.statusCode ?? 0;
}

function describeItself() {
  const { certificatePem, shownPem } = derivePeerCertificate(new Secret(SECRET));
  return { certificatePem, keyPem: shownPem.reveal() };
}
