import { type HostedPath, parseHostedPath } from '@registry-cache/domain';
import { type Exchange, HostedError } from '../http/answer.ts';
import { deleteBlob, showBlob } from './blobs.ts';
import type { Context } from './context.ts';
import { deleteManifest, putManifest, showManifest } from './manifests.ts';
import { listReferrers } from './referrers.ts';
import { listTags } from './tags.ts';
import { cancelUpload, continueUpload, finishUpload, showUpload, startUpload } from './uploads.ts';

type Routes = Readonly<Record<string, () => Promise<void>>>;

/**
 * Answers a request by its path and method.
 * @throws HostedError for a request that has an error as its answer.
 */
export async function route(context: Context, exchange: Exchange, path: string): Promise<void> {
  const found = parseHostedPath(path);
  if (found === undefined) {
    throw new HostedError(404, 'NAME_UNKNOWN', 'not a path of the distribution API');
  }
  const routes = routesOf(context, exchange, found);
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
      return { POST: () => startUpload(context, exchange, repository) };
    case 'upload': {
      const show = () => showUpload(context, exchange, path);
      return {
        GET: show,
        HEAD: show,
        PATCH: () => continueUpload(context, exchange, path),
        PUT: () => finishUpload(context, exchange, path),
        DELETE: () => cancelUpload(context, exchange, path),
      };
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
