import { join } from 'node:path';
import { repositoryDir, revisionLinkDir } from '@registry-cache/domain';
import { hasLink, writeLink } from './link-file.ts';

/** The revision links: each lets one repository serve one manifest. */
export interface RevisionStore {
  has(upstreamId: string, repository: string, digest: string): Promise<boolean>;
  link(upstreamId: string, repository: string, digest: string): Promise<void>;
}

export function openRevisionStore(root: string): RevisionStore {
  const file = (upstreamId: string, repository: string, digest: string) =>
    join(revisionLinkDir(repositoryDir(root, upstreamId, repository), digest), 'link');
  return {
    has: (...place) => hasLink(file(...place)),
    link: (upstreamId, repository, digest) =>
      writeLink(file(upstreamId, repository, digest), digest),
  };
}
