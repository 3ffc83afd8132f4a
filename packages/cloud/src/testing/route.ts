import type { Send } from '../send.ts';
import { sendInside } from '../send-inside.ts';

/** Sends requests for all hosts to one server, which sees the host that was meant. */
export function routeTo(origin: string): Send {
  return ({ url, headers, ...request }, signal) => {
    const routed = new URL(url.pathname + url.search, origin);
    return sendInside({ ...request, url: routed, headers: { ...headers, host: url.host } }, signal);
  };
}
