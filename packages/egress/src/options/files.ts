import { readFile } from 'node:fs/promises';
import {
  type ClientCertificatesFile,
  type CredentialsFile,
  type EgressOptions,
  type ScannerTokensFile,
  Secret,
} from '@registry-cache/domain';
import { type WatchedFile, watchFile } from '@registry-cache/runtime';
import {
  parseClientCertificates,
  parseCredentials,
  parseOptions,
  parseScannerTokens,
} from './schema.ts';

/** The files that egress follows. Each is read again when it has changed. */
export interface EgressFiles {
  readonly options: WatchedFile<EgressOptions>;
  readonly credentials: WatchedFile<CredentialsFile>;
  readonly clientCertificates: WatchedFile<ClientCertificatesFile>;
  readonly scannerTokens: WatchedFile<ScannerTokensFile>;
  readonly bootSecret: WatchedFile<Secret>;
}

/** Events of these files; `name` is `options`, `credentials`, `client-certificates`, `scanner-tokens` or `boot-secret`. */
export interface FileEvents {
  readonly onRead: (name: string) => void;
  readonly onBroken: (name: string, error: unknown) => void;
  readonly onOptions: (options: EgressOptions) => void;
}

/** @throws Error when the options cannot be read. */
export async function readOptions(path: string): Promise<EgressOptions> {
  return parseOptions(await readFile(path, 'utf8'));
}

/**
 * Reads all files once. Credentials may come later: until then every upstream is anonymous.
 * @throws Error when the boot secret cannot be read.
 */
export async function followFiles(
  optionsFile: string,
  first: EgressOptions,
  { onRead, onBroken, onOptions }: FileEvents,
): Promise<EgressFiles> {
  const watchOptions = <T>(
    name: string,
    parse: (text: string) => T,
    apply?: (content: T) => void,
  ) => ({
    parse,
    onBroken: (error: unknown) => onBroken(name, error),
    onChange: (content: T) => {
      apply?.(content);
      onRead(name);
    },
  });
  const { bootSecretFile, credentialsFile, clientCertificatesFile, scannerTokensFile } = first;
  const secret = parseSecret(await readFile(bootSecretFile, 'utf8'));
  const files: EgressFiles = {
    options: watchFile(optionsFile, first, watchOptions('options', parseOptions, onOptions)),
    credentials: watchFile(credentialsFile, {}, watchOptions('credentials', parseCredentials)),
    clientCertificates: watchFile(
      clientCertificatesFile,
      {},
      watchOptions('client-certificates', parseClientCertificates),
    ),
    scannerTokens: watchFile(
      scannerTokensFile,
      {},
      watchOptions('scanner-tokens', parseScannerTokens),
    ),
    bootSecret: watchFile(bootSecretFile, secret, watchOptions('boot-secret', parseSecret)),
  };
  await Promise.all([
    files.options.current(),
    files.credentials.current(),
    files.clientCertificates.current(),
    files.scannerTokens.current(),
    files.bootSecret.current(),
  ]);
  return files;
}

function parseSecret(text: string): Secret {
  if (text.trim() === '') throw new Error('the boot secret is empty');
  return new Secret(text.trim());
}
