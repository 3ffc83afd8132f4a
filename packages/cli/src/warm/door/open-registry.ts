import {
  asObject,
  INTERNAL_HEADERS,
  isDigest,
  isTag,
  parseObject,
  SERVED_TYPES,
} from '@registry-cache/domain';
import { type AskDeps, ask, askForBody, WarmError } from './ask.ts';

/** A repository of an upstream, by the name that egress knows. */
export interface Place {
  readonly upstreamId: string;
  readonly repository: string;
}

export interface RegistryDeps extends AskDeps {
  /** A manifest has come in. */
  readonly onEntered: (place: Place, reference: string, digest: string) => void;
  /** The registry could not be asked for a tag, and what is here was the answer. */
  readonly onStale: (place: Place, reference: string) => void;
  readonly onBytes: (count: number) => void;
}

/** The upstreams, by egress. */
export interface Registry {
  /**
   * Asks for the digest of a tag, or of a digest itself. Egress stores a new manifest meanwhile, and
   * fetches no layer ahead. Undefined if there is none.
   */
  find(place: Place, reference: string): Promise<string | undefined>;
  readManifest(place: Place, digest: string): Promise<Buffer>;
  listTags(place: Place): Promise<readonly string[]>;
  /** The digests of the referrers; none if the registry has no such list. */
  listReferrers(place: Place, digest: string): Promise<readonly string[]>;
  /** Reads a blob to its end and drops it: egress stores it. */
  fetchBlob(place: Place, digest: string): Promise<void>;
}

const ACCEPT = SERVED_TYPES.join(', ');
const MOST_PAGES = 1_000;
/** A body may break off. Egress goes on with its fetch, or begins it again where it was. */
const MOST_ATTEMPTS = 3;

export function openRegistry(deps: RegistryDeps): Registry {
  const manifest = (method: 'GET' | 'HEAD', { upstreamId, repository }: Place, reference: string) =>
    ask(deps, {
      upstreamId,
      method,
      path: `/v2/${repository}/manifests/${reference}`,
      accept: ACCEPT,
    });
  return {
    async find(place, reference) {
      const answer = await manifest('HEAD', place, reference).catch(noneIfMissing);
      if (answer === undefined) return undefined;
      const digest = String(answer.headers['docker-content-digest'] ?? '');
      if (!isDigest(digest)) {
        throw new WarmError(`${place.repository}: no digest for ${reference}`, answer.status);
      }
      const audit = answer.headers[INTERNAL_HEADERS.audit.key];
      if (audit === 'entered' || audit === 'late') deps.onEntered(place, reference, digest);
      if (answer.headers[INTERNAL_HEADERS.cache.key] === 'STALE') deps.onStale(place, reference);
      return digest;
    },
    readManifest: async (place, digest) => (await manifest('GET', place, digest)).body,
    listTags: (place) => listTags(deps, place),
    async listReferrers({ upstreamId, repository }, digest) {
      const path = `/v2/${repository}/referrers/${digest}`;
      const answer = await ask(deps, { upstreamId, method: 'GET', path }).catch(noneIfMissing);
      const { manifests } = parseObject(answer?.body ?? Buffer.alloc(0));
      const listed = Array.isArray(manifests) ? manifests : [];
      return listed.flatMap((one) => {
        const { digest: named } = asObject(one);
        return typeof named === 'string' && isDigest(named) ? [named] : [];
      });
    },
    async fetchBlob(place, digest) {
      for (let attempt = 1; ; attempt += 1) {
        const isLast = attempt === MOST_ATTEMPTS || deps.signal.aborted;
        try {
          return await drainBlob(deps, place, digest);
        } catch (error) {
          if (isLast || error instanceof WarmError) throw error;
        }
      }
    },
  };
}

async function drainBlob(
  deps: RegistryDeps,
  { upstreamId, repository }: Place,
  digest: string,
): Promise<void> {
  const path = `/v2/${repository}/blobs/${digest}`;
  const response = await askForBody(deps, { upstreamId, method: 'GET', path });
  for await (const chunk of response) deps.onBytes((chunk as Buffer).length);
}

async function listTags(deps: RegistryDeps, { upstreamId, repository }: Place) {
  const tags = new Set<string>();
  const base = `/v2/${repository}/tags/list`;
  let path: string | undefined = `${base}?n=1000`;
  for (let page = 0; path !== undefined && page < MOST_PAGES; page += 1) {
    const { body, headers }: Awaited<ReturnType<typeof ask>> = await ask(deps, {
      upstreamId,
      method: 'GET',
      path,
    });
    const { tags: listed } = parseObject(body);
    const good = (Array.isArray(listed) ? listed : []).filter((tag) => typeof tag === 'string');
    for (const tag of good) if (isTag(tag)) tags.add(tag);
    const query = /<[^>]*\?([^>]*)>\s*;\s*rel="?next/.exec(String(headers.link ?? ''))?.[1];
    path = query === undefined ? undefined : `${base}?${query}`;
  }
  return [...tags];
}

function noneIfMissing(error: unknown): undefined {
  if (error instanceof WarmError && error.status === 404) return undefined;
  throw error;
}
