/** Whether what is about to be fetched may be kept. */
export interface Room {
  /** Resolves true when `bytes` may be written; false when there is no room: go on without keeping. */
  ask(bytes: number, signal: AbortSignal): Promise<boolean>;
}
