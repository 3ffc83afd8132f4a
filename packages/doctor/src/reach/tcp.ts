import type { LookupAddress } from 'node:dns';
import { connect } from 'node:net';

export interface Place {
  readonly address: string;
  readonly port: number;
}

export interface ReachedAddress extends Place {
  readonly family: number;
  /** `open`, `late`, or the code of the error, such as `ECONNREFUSED`. */
  readonly outcome: string;
}

/** Two of each family tell enough, and a name may have dozens. */
const OF_EACH_FAMILY = 2;
const WITHIN_MS = 4_000;

/** Opens a connection to addresses of both families, and closes it again. */
export async function reachAddresses(
  addresses: readonly LookupAddress[],
  port: number,
): Promise<ReachedAddress[]> {
  const chosen = [4, 6].flatMap((family) =>
    addresses.filter((one) => one.family === family).slice(0, OF_EACH_FAMILY),
  );
  return Promise.all(
    chosen.map(async ({ address, family }) => {
      return { address, port, family, outcome: await reachTcp({ address, port }) };
    }),
  );
}

/** `open`, `late`, or the code of the error. `address` may be a name. */
export function reachTcp({ address, port }: Place, withinMs = WITHIN_MS): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({ host: address, port });
  const timer = setTimeout(() => resolve('late'), withinMs);
  socket.on('connect', () => resolve('open'));
  socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'failed'));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
