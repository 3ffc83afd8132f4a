const HEADER = /^bearer +(?<token>[A-Za-z0-9._~+/-]+=*) *$/i;

/** The token of `Bearer TOKEN`; undefined for anything else. Source: RFC 6750, section 2.1. */
export function parseBearer(header: string | undefined): string | undefined {
  return HEADER.exec(header ?? '')?.groups?.token;
}
