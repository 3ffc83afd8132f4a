import type { TraceHeadersFile } from '@registry-cache/domain';
import type { Model } from '../model/build.ts';
import { AUTH_REGISTRIES_FILE, TRACE_HEADERS_FILE } from '../settings/secret-files.ts';
import type { RenderContext } from './context.ts';
import { ownFile, publicFile, type RenderedFile, type RenderedTree, secretFile } from './file.ts';
import { formatJson } from './format-json.ts';

/** The secrets that programs read, each in a file of its own. */
export function renderSecretFiles(model: Model, { secrets }: RenderContext): RenderedTree {
  const tree = new Map<string, RenderedFile>([
    ['secrets/boot-secret', secretFile(secrets.bootSecret)],
    ['secrets/supervisor-secret', ownFile(secrets.supervisorSecret)],
    // Also without a login: a changed policy may turn it on.
    ['secrets/token-key', secretFile(secrets.tokenKey)],
    ['secrets/token-key.pub', publicFile(model.tokenKey.publicPem)],
    ['secrets/credentials.json', secretFile(formatJson(secrets.credentials))],
    ['secrets/client-certificates.json', secretFile(formatJson(secrets.clientCertificates))],
    ['secrets/scanner-tokens.json', secretFile(formatJson(secrets.scannerTokens))],
  ]);
  const { authRegistries, traceHeaders } = secrets;
  if (model.settings.OTEL_EXPORTER_OTLP_ENDPOINT !== '') {
    tree.set('secrets/trace-headers.json', secretFile(formatJson(traceHeaders)));
  }
  if (Object.keys(traceHeaders).length > 0) {
    tree.set(TRACE_HEADERS_FILE, ownFile(formatVariable(traceHeaders)));
  }
  if (authRegistries !== '') tree.set(AUTH_REGISTRIES_FILE, ownFile(authRegistries));
  if (model.htpasswd !== undefined) tree.set('secrets/htpasswd', secretFile(model.htpasswd));
  return tree;
}

/** The variable from which an update parses the same headers. */
function formatVariable(headers: TraceHeadersFile): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join(',');
}
