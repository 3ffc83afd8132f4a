/** Whether the cache answers. */
export interface Connection {
  /** When the last answer came, in epoch milliseconds of this browser; undefined before the first. */
  readonly answeredMs: number | undefined;
  readonly isAway: boolean;
}

let connection: Connection = { answeredMs: undefined, isAway: false };
let serverAheadMs = 0;
const listeners = new Set<() => void>();

export function readConnection(): Connection {
  return connection;
}

export function subscribeToConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The server's time. The clock of this computer may be wrong, and ages would be too. */
export function readServerMs(): number {
  return Date.now() + serverAheadMs;
}

/** @param serverMs the time that the server told, in whole seconds. */
export function noteAnswer(serverMs: number | undefined): void {
  const nowMs = Date.now();
  if (serverMs !== undefined) {
    const aheadMs = serverMs - nowMs;
    // The header has whole seconds, and the answer was on its way.
    serverAheadMs = Math.abs(aheadMs) < 5_000 ? 0 : aheadMs;
  }
  set({ answeredMs: nowMs, isAway: false });
}

export function noteAway(): void {
  if (!connection.isAway) set({ ...connection, isAway: true });
}

function set(next: Connection): void {
  connection = next;
  for (const listener of listeners) listener();
}
