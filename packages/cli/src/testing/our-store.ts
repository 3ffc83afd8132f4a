import { join } from 'node:path';
import {
  blobFile,
  layerLinkDir,
  OCI_MANIFEST,
  repositoryDir,
  revisionLinkDir,
  tagCurrentLink,
} from '@registry-cache/domain';
import { digestOf, write } from './distribution-store.ts';

/** A store as egress writes it, with whole images. */
export class OurStore {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** The file of the blob with this content. */
  blobOf(content: string): string {
    return blobFile(this.root, digestOf(content));
  }

  /** @returns the image's digest. */
  addImage(upstreamId: string, repository: string, tag: string, layers: readonly string[]): string {
    const directory = repositoryDir(this.root, upstreamId, repository);
    const addBlob = (content: string) => {
      const digest = digestOf(content);
      write(this.blobOf(content), content);
      write(join(layerLinkDir(directory, digest), 'link'), digest);
      return { digest, size: Buffer.byteLength(content) };
    };
    const config = addBlob(JSON.stringify({ os: 'linux', architecture: 'amd64', of: layers }));
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config,
      layers: layers.map(addBlob),
    });
    const digest = digestOf(manifest);
    write(this.blobOf(manifest), manifest);
    write(join(revisionLinkDir(directory, digest), 'link'), digest);
    write(tagCurrentLink(directory, tag), digest);
    return digest;
  }
}
