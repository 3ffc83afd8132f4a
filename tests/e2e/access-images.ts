import {
  type Bundle,
  type Content,
  describeContent,
  layersOf,
  makeArtifact,
  makeImage,
  makeIndex,
  makeJsonContent,
  OCI,
} from '@registry-cache/testbed';

/** Content of a repository: pushed under a tag, or by its digest alone. */
interface Part {
  readonly tags: readonly string[];
  readonly bundle: Bundle;
}

/** A question to the registry API, by the part of the path after the repository. */
export interface Reference {
  readonly kind: 'manifests' | 'blobs' | 'referrers';
  /** A tag or a digest. */
  readonly name: string;
}

const image = makeImage({ seed: 'matrix' });
const sharing = shareLayer(image, makeImage({ seed: 'matrix, sharing' }));
const index = makeIndex({ seed: 'matrix, index', architectures: ['amd64', 'arm64'] });
const untagged = makeImage({ seed: 'matrix, untagged' });
const attached = makeArtifact({
  seed: 'matrix, attached',
  subject: describeContent(image.top),
  artifactType: 'application/x-attached',
});
const signature = makeImage({ seed: 'matrix, signature' });
const nowhere = makeImage({ seed: 'matrix, nowhere' });

/** The tag of a signature, in the form of cosign. */
const signatureTag = ({ top }: Bundle) => `${top.digest.replace(':', '-')}.sig`;

const PARTS = {
  image: { tags: ['v1', 'latest'], bundle: image },
  sharing: { tags: ['v2'], bundle: sharing },
  index: { tags: ['dev'], bundle: index },
  untagged: { tags: [], bundle: untagged },
  attached: { tags: [], bundle: attached },
  signature: { tags: [signatureTag(image)], bundle: signature },
} satisfies Record<string, Part>;

/** The second child of the index: named by it, and never here. */
const [, absent] = index.manifests as readonly [Content, Content];
const absentBlobs = new Set(
  digestsIn(absent).filter((digest) => !digestsIn(index.manifests[0]).includes(digest)),
);
/** Content that upstreams must deny to have, although they got it. */
export const ABSENT: ReadonlySet<string> = new Set([absent.digest, ...absentBlobs]);

/** What upstreams list as a referrer, and the image that it refers to. */
export const ATTACHED: Content = attached.top;
export const SUBJECT: string = image.top.digest;

/** The repositories, and the content that each of them has. One has nothing. */
export const REPOSITORIES: Readonly<Record<string, readonly Part[]>> = {
  'library/alpine': Object.values(PARTS),
  'team/app': Object.values(PARTS),
  'team/sub/tool': [PARTS.sharing, PARTS.index],
  [`team/${'a'.repeat(30)}`]: [PARTS.image, PARTS.untagged],
  'team/cold': [],
};

export const TAGS = ['v1', 'v2', 'latest', 'dev', 'v3', 'edge'];

/** What is asked of each repository, whether it is there or not. */
export const REFERENCES: readonly Reference[] = [
  ...[...TAGS, signatureTag(image), signatureTag(nowhere)].map(manifestOf),
  ...[image, sharing, index, untagged, attached, signature, nowhere]
    .flatMap(({ manifests }) => manifests)
    .map(({ digest }) => manifestOf(digest)),
  ...[image, sharing, index, untagged, attached, signature, nowhere]
    .flatMap(({ blobs }) => blobs)
    .map(({ digest }) => ({ kind: 'blobs', name: digest }) as const),
  ...[image, nowhere].map(({ top }) => ({ kind: 'referrers', name: top.digest }) as const),
];

/** The references that a repository has after they were pulled once. */
export function referencesIn(repository: string): Reference[] {
  const parts = REPOSITORIES[repository] ?? [];
  const hasReferrers = parts.some(({ bundle }) => bundle === attached);
  const names = new Set(
    parts.flatMap(({ tags, bundle }) => [
      ...tags,
      ...[...bundle.manifests, ...bundle.blobs].map(({ digest }) => digest),
    ]),
  );
  return REFERENCES.filter(
    ({ kind, name }) =>
      names.has(name) && !ABSENT.has(name) && (kind !== 'referrers' || hasReferrers),
  );
}

/** For each tag of a repository the digests that it leads to. */
export function tagsIn(repository: string): Map<string, ReadonlySet<string>> {
  const parts = REPOSITORIES[repository] ?? [];
  const attachedTo = (top: Content) =>
    parts.some(({ bundle }) => bundle === attached) && top === image.top ? [attached] : [];
  const reached = ({ top, manifests, blobs }: Bundle) =>
    [top, ...manifests, ...blobs]
      .map(({ digest }) => digest)
      // The manifest of the absent child is not here, so nobody knows its blobs.
      .filter((digest) => !absentBlobs.has(digest));
  return new Map(
    parts.flatMap(({ tags, bundle }) => {
      const digests = [bundle, ...attachedTo(bundle.top)].flatMap(reached);
      return tags.map((tag) => [tag, new Set(digests)] as const);
    }),
  );
}

function manifestOf(name: string): Reference {
  return { kind: 'manifests', name };
}

function digestsIn(manifest: Content | undefined): string[] {
  const { config, layers } = JSON.parse(String(manifest?.bytes)) as {
    config: { digest: string };
    layers: { digest: string }[];
  };
  return [config, ...layers].map(({ digest }) => digest);
}

/** The second image, with the layers of the first before its own. */
function shareLayer(first: Bundle, second: Bundle): Bundle {
  const [config] = second.blobs as readonly [Content];
  const layers = [...layersOf(first), ...layersOf(second)];
  const top = makeJsonContent(OCI.manifest, {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    config: describeContent(config),
    layers: layers.map(describeContent),
  });
  return { top, manifests: [top], blobs: [config, ...layers] };
}
