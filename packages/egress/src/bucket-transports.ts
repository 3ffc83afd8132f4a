import type { BucketReply, BucketSend } from '@registry-cache/bucket';
import type { BucketOptions, EgressTimeouts } from '@registry-cache/domain';
import type { ClientDeps } from './create-client.ts';
import { replyHeader } from './wire/transport/reply.ts';
import { createTransport, type Transport } from './wire/transport/transport.ts';

/** The way to a bucket, and to the services that give its credentials. */
export interface BucketTransports {
  readonly send: BucketSend;
  close(): Promise<void>;
}

/** Connections that are kept, with the proxies and certificates of all ways out. */
export function openBucketTransports(
  { env, dns }: Pick<ClientDeps, 'env' | 'dns'>,
  { ca }: Pick<BucketOptions, 'ca'>,
  timeouts: EgressTimeouts,
): BucketTransports {
  // The bucket has one origin, and the token service may have another one.
  const transports = new Map<string, Transport>();
  const transportTo = ({ origin }: URL): Transport => {
    const known = transports.get(origin);
    if (known !== undefined) return known;
    const { lookup } = dns.operator;
    const made = createTransport({ origin, ca, timeouts, env, lookup });
    transports.set(origin, made);
    return made;
  };
  return {
    async send(request, signal): Promise<BucketReply> {
      const reply = await transportTo(request.url).send({ ...request, signal });
      const names = Object.keys(reply.headers);
      return {
        status: reply.status,
        headers: Object.fromEntries(names.map((name) => [name, replyHeader(reply, name) ?? ''])),
        body: reply.body,
      };
    },
    close: async () => void (await Promise.all([...transports.values()].map((one) => one.close()))),
  };
}
