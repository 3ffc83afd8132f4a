import { keepCertificates } from '../certificate/parse.ts';
import type { Model } from '../model/build.ts';
import { hasLogin } from '../model/has-login.ts';
import type { Upstream } from '../model/upstream.ts';
import { spellHost } from '../pull-secret/host.ts';
import { DOCKER_HUB } from '../pull-secret/key.ts';

/** Everything that a client's configuration says of the cache. It holds no secret. */
export interface ClientSetup {
  /** The start of image references: `cache.example.com:8443`. */
  readonly address: string;
  readonly registries: readonly ServedRegistry[];
  /** The certificates that clients must trust, in PEM, without the key. */
  readonly ca: string;
  /** Whether names without a registry mean Docker Hub here, as for docker's mirrors. */
  readonly isHub: boolean;
  /** Whether the cache asks clients for a login. */
  readonly hasLogin: boolean;
}

export interface ServedRegistry {
  /** As images are named: `quay.io`, `reg.example.com:5000`, `quay.io/org`. */
  readonly key: string;
  /** The key's host, with its port. */
  readonly host: string;
  /** The key behind the cache's address, where a reference holds no colon. */
  readonly prefix: string;
  /** Whether the cache never asks it. */
  readonly isOffline: boolean;
}

/** One file on the client's machine. */
export interface ClientFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  /** Text by which another's file shows that it needs nothing of this one. */
  readonly sign?: string;
}

export interface ClientPlan {
  readonly files: readonly ClientFile[];
  /** Steps that remain once the files are there. */
  readonly notes: readonly string[];
  /** The files are documents of one stream of YAML, which a program reads. */
  readonly isYaml?: boolean;
}

/**
 * The first line of every file that can hold a comment. A later set-up replaces files that have it.
 * A file without it belongs to somebody else.
 */
export const MARK = '# Written by registry-cache';
export const MARK_LINE = `${MARK}; its next set-up replaces this file.\n`;

/** The part of the model that clients learn. */
type ClientModel = Pick<Model, 'certificate' | 'defaultRegistry' | 'htpasswd' | 'issuers'> & {
  readonly upstreams: readonly Pick<Upstream, 'key' | 'host' | 'offline'>[];
};

export function buildClientSetup(model: ClientModel, address: string): ClientSetup {
  return {
    address,
    registries: model.upstreams.map(({ key, host, offline }) => {
      const prefix = spellHost(host) + key.slice(host.length);
      return { key, host, prefix, isOffline: offline };
    }),
    ca: keepCertificates(model.certificate),
    isHub: model.defaultRegistry === DOCKER_HUB,
    hasLogin: hasLogin(model),
  };
}

/** The cache's certificate, to be trusted. PEM readers ignore the text before it. */
export function caFile(path: string, { ca }: ClientSetup): ClientFile {
  return { path, content: `${MARK_LINE}${ca}`, mode: 0o644 };
}

/** The hosts of all registries, each once. */
export function listHosts({ registries }: ClientSetup): string[] {
  return [...new Set(registries.map(({ host }) => host))];
}
