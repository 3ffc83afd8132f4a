import type { OpenCommand } from '../../commands/commands.ts';

/** Ends a command when the client leaves, until it is disposed. */
export function stopWith(signal: AbortSignal, { stop }: OpenCommand): Disposable {
  const leave = () => void stop();
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', leave) };
}
