import { keepCertificates } from '../certificate/parse.ts';
import type { Model } from '../model/build.ts';
import type { Upstream } from '../model/upstream.ts';
import { spellHost } from '../pull-secret/host.ts';
import { DOCKER_HUB } from '../pull-secret/key.ts';

/** All that the configuration of a client says of the cache. Nothing in it is secret. */
export interface ClientSetup {
  /** As image references begin: `cache.example.com:8443`. */
  readonly address: string;
  readonly registries: readonly ServedRegistry[];
  /** PEM of what clients must trust, without the key. */
  readonly ca: string;
  /** Whether names without a registry mean Docker Hub here, as docker's mirrors take it. */
  readonly isHub: boolean;
  /** Whether the cache asks clients for a login. */
  readonly hasLogin: boolean;
}

export interface ServedRegistry {
  /** As images are named: `quay.io`, `reg.example.com:5000`, `quay.io/org`. */
  readonly key: string;
  /** The key's host, with its port. */
  readonly host: string;
  /** The key as it stands behind the cache's address, where a reference holds no colon. */
  readonly prefix: string;
}

/** One file on the client's machine. */
export interface ClientFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  /** Text by which a file of somebody else's shows that it needs nothing of this one. */
  readonly sign?: string;
}

export interface ClientPlan {
  readonly files: readonly ClientFile[];
  /** What remains to be done once the files are there. */
  readonly notes: readonly string[];
}

/**
 * The first line of every file that can hold a comment. Where it stands, a later set-up may
 * replace the file; without it, the file is somebody else's.
 */
export const MARK = '# Written by registry-cache';
export const MARK_LINE = `${MARK}; its next set-up replaces this file.\n`;

/** What clients are told of the model. */
type ClientModel = Pick<Model, 'certificate' | 'defaultRegistry' | 'htpasswd'> & {
  readonly upstreams: readonly Pick<Upstream, 'key' | 'host'>[];
};

export function buildClientSetup(model: ClientModel, address: string): ClientSetup {
  return {
    address,
    registries: model.upstreams.map(({ key, host }) => {
      return { key, host, prefix: spellHost(host) + key.slice(host.length) };
    }),
    ca: keepCertificates(model.certificate),
    isHub: model.defaultRegistry === DOCKER_HUB,
    hasLogin: model.htpasswd !== undefined,
  };
}

/** The trust of the cache's certificate. PEM readers pass over what stands before it. */
export function caFile(path: string, { ca }: ClientSetup): ClientFile {
  return { path, content: `${MARK_LINE}${ca}`, mode: 0o644 };
}

/** The hosts of all registries, each once. */
export function listHosts({ registries }: ClientSetup): string[] {
  return [...new Set(registries.map(({ host }) => host))];
}
