import { accept, type Parsed, quoteFound, reject } from '@registry-cache/domain';
import { convertKeepalive, convertSize, convertTime } from './nginx.ts';

/** A variable of the intercepting proxy that has another name here. */
export interface Alias {
  /** The settings that it stands for. Each one that is set keeps its own value. */
  readonly ours: readonly string[];
  /** Turns its value, in that program's notation, into the value of our settings. */
  readonly convert: (path: string, text: string) => Parsed<string>;
}

/**
 * Variables of the intercepting proxy (docker-registry-proxy, container-registry-proxy), and the
 * settings that they stand for. Its other variables have the same names here.
 */
export const ALIASES: Readonly<Record<string, Alias>> = {
  CACHE_MAX_SIZE: { ours: ['CLEANER_MAXSIZE'], convert: convertSize },
  SEND_TIMEOUT: { ours: ['EDGE_SEND_TIMEOUT'], convert: convertTime },
  CLIENT_BODY_TIMEOUT: { ours: ['EDGE_BODY_TIMEOUT'], convert: convertTime },
  CLIENT_HEADER_TIMEOUT: { ours: ['EDGE_HEADER_TIMEOUT'], convert: convertTime },
  KEEPALIVE_TIMEOUT: { ours: ['EDGE_KEEPALIVE_TIMEOUT'], convert: convertKeepalive },
  PROXY_READ_TIMEOUT: {
    // nginx has one limit for the pause before an answer and for pauses in it.
    ours: ['EGRESS_HEADERS_TIMEOUT', 'EGRESS_BLOB_HEADERS_TIMEOUT', 'EGRESS_IDLE_TIMEOUT'],
    convert: convertTime,
  },
  PROXY_CONNECT_TIMEOUT: { ours: ['EGRESS_CONNECT_TIMEOUT'], convert: convertTime },
  PROXY_SEND_TIMEOUT: { ours: ['EGRESS_SEND_TIMEOUT'], convert: convertTime },
  PROXY_CONNECT_READ_TIMEOUT: { ours: ['CONNECT_IDLE_TIMEOUT'], convert: convertTime },
  PROXY_CONNECT_CONNECT_TIMEOUT: { ours: ['CONNECT_OPEN_TIMEOUT'], convert: convertTime },
  PROXY_CONNECT_SEND_TIMEOUT: { ours: ['CONNECT_SEND_TIMEOUT'], convert: convertTime },
  PROXY_REQUEST_BUFFERING: { ours: ['PUSH_BUFFERING'], convert: convertFlag },
};

/** `on`, which nginx would take, means nothing to that program either. */
function convertFlag(path: string, text: string): Parsed<string> {
  if (text === 'true' || text === 'false') return accept(text);
  return reject({ path, found: quoteFound(text), accepted: 'true or false' });
}
