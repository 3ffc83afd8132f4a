import { type HostedPath, parseHostedPath } from '@registry-cache/domain';
import { type Exchange, HostedError } from '../http/answer.ts';
import { deleteBlob, showBlob } from './blobs.ts';
import type { Context } from './context.ts';
import { deleteManifest, putManifest, showManifest } from './manifests.ts';
import { mountBlob } from './mount-blob.ts';
import type { Place } from './place.ts';
import { listReferrers } from './referrers.ts';
import { listTags } from './tags.ts';
import { cancelUpload, continueUpload, finishUpload, showUpload, startUpload } from './uploads.ts';

/** What answers a path, by method. */
export type Routes = Readonly<Record<string, () => Promise<void>>>;

/**
 * Answers a request by its path and method.
 * @throws HostedError for a request that has an error as its answer.
 */
export async function route(context: Context, exchange: Exchange, path: string): Promise<void> {
  const found = parseHostedPath(path);
  if (found === undefined) {
    throw new HostedError(404, 'NAME_UNKNOWN', 'not a path of the distribution API');
  }
  await answerBy(routesOf(context, exchange, found), exchange);
}

/** Answers by the route of the request's method. @throws HostedError 405 where there is none. */
export async function answerBy(routes: Routes, exchange: Exchange): Promise<void> {
  const { method = '' } = exchange.request;
  const run = Object.hasOwn(routes, method) ? routes[method] : undefined;
  if (run === undefined) {
    const allow = Object.keys(routes).join(', ');
    throw new HostedError(405, 'UNSUPPORTED', `accepted here: ${allow}`, { allow });
  }
  await run();
}

function routesOf(context: Context, exchange: Exchange, path: HostedPath): Routes {
  const { repository } = path;
  switch (path.kind) {
    case 'manifest': {
      const show = () => showManifest(context, exchange, repository, path.reference);
      return {
        GET: show,
        HEAD: show,
        PUT: () => putManifest(context, exchange, repository, path.reference),
        DELETE: () => deleteManifest(context, exchange, repository, path.reference),
      };
    }
    case 'blob': {
      const show = () => showBlob(context, exchange, repository, path.digest);
      return {
        GET: show,
        HEAD: show,
        DELETE: () => deleteBlob(context, exchange, repository, path.digest),
      };
    }
    case 'uploads':
      return {
        POST: () =>
          startUpload(context, exchange, { repository, shown: repository }, (digest) =>
            mountBlob(context, exchange, repository, digest),
          ),
      };
    case 'upload': {
      const place = { repository, id: path.id, shown: repository };
      return uploadRoutes(context, exchange, place);
    }
    case 'tags': {
      const show = () => listTags(context, exchange, repository);
      return { GET: show, HEAD: show };
    }
    case 'referrers': {
      const show = () => listReferrers(context, exchange, repository, path.digest);
      return { GET: show, HEAD: show };
    }
  }
}

/** The routes of an upload that has begun. */
export function uploadRoutes(context: Context, exchange: Exchange, place: Place): Routes {
  const show = () => showUpload(context, exchange, place);
  return {
    GET: show,
    HEAD: show,
    PATCH: () => continueUpload(context, exchange, place),
    PUT: () => finishUpload(context, exchange, place),
    DELETE: () => cancelUpload(context, exchange, place),
  };
}
