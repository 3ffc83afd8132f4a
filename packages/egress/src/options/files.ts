import { readFile } from 'node:fs/promises';
import {
  type ClientCertificatesFile,
  type CredentialsFile,
  type EgressOptions,
  Secret,
} from '@registry-cache/domain';
import { type WatchedFile, watchFile } from '@registry-cache/runtime';
import { parseClientCertificates, parseCredentials, parseOptions } from './schema.ts';

/** The files that egress lives by, each read again when it has changed. */
export interface EgressFiles {
  readonly options: WatchedFile<EgressOptions>;
  readonly credentials: WatchedFile<CredentialsFile>;
  readonly clientCertificates: WatchedFile<ClientCertificatesFile>;
  readonly bootSecret: WatchedFile<Secret>;
}

/** What is to be said about them; `name` is one of `options`, `credentials`, `client-certificates`, `boot-secret`. */
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
 * Reads all files once. Credentials may come later, until then every upstream is anonymous; the
 * others must be there.
 * @throws Error when the boot secret cannot be read.
 */
export async function followFiles(
  optionsFile: string,
  first: EgressOptions,
  { onRead, onBroken, onOptions }: FileEvents,
): Promise<EgressFiles> {
  const tools = <T>(name: string, parse: (text: string) => T, apply?: (content: T) => void) => ({
    parse,
    onBroken: (error: unknown) => onBroken(name, error),
    onChange: (content: T) => {
      apply?.(content);
      onRead(name);
    },
  });
  const { bootSecretFile, credentialsFile, clientCertificatesFile } = first;
  const secret = parseSecret(await readFile(bootSecretFile, 'utf8'));
  const files: EgressFiles = {
    options: watchFile(optionsFile, first, tools('options', parseOptions, onOptions)),
    credentials: watchFile(credentialsFile, {}, tools('credentials', parseCredentials)),
    clientCertificates: watchFile(
      clientCertificatesFile,
      {},
      tools('client-certificates', parseClientCertificates),
    ),
    bootSecret: watchFile(bootSecretFile, secret, tools('boot-secret', parseSecret)),
  };
  await Promise.all([
    files.options.current(),
    files.credentials.current(),
    files.clientCertificates.current(),
    files.bootSecret.current(),
  ]);
  return files;
}

function parseSecret(text: string): Secret {
  if (text.trim() === '') throw new Error('the boot secret is empty');
  return new Secret(text.trim());
}
