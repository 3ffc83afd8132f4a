import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatSize } from '@registry-cache/domain/format-size';
import { formatMany } from '../../format/format-count.ts';
import { Badge } from '../../parts/badge.tsx';
import { Bytes } from '../../parts/bytes.tsx';
import { Card } from '../../parts/card.tsx';
import { Digest } from '../../parts/digest.tsx';
import { Empty } from '../../parts/empty.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';

type Manifest = NonNullable<VerbOutput<'explain'>['manifest']>;
type Platform = Manifest['platforms'][number];
type Layer = Platform['layers'][number];

const COLUMNS: readonly Column<Layer>[] = [
  { head: 'Blob', cell: ({ digest }) => <Digest of={digest} /> },
  { head: 'State', cell: (layer) => <LayerState layer={layer} /> },
  { head: 'Kind', cell: ({ mediaType }) => mediaType },
  { head: 'Last used', cell: ({ lastAccess }) => <Time at={lastAccess} /> },
  { head: 'Size', cell: ({ bytes }) => <Bytes of={bytes} />, isNumber: true },
];

function LayerState({ layer: { here, linked, foreign } }: { readonly layer: Layer }) {
  if (foreign) return <Badge tone="plain">from elsewhere</Badge>;
  if (!here) return <Badge tone="warn">not here</Badge>;
  return linked ? <Badge tone="good">here</Badge> : <Badge tone="warn">here, not linked</Badge>;
}

/** The platforms of an image, with their layers. */
export function ContentCard({ manifest }: { readonly manifest: Manifest | undefined }) {
  return (
    <Card id="content" title="Platforms and layers">
      {manifest === undefined || !manifest.here ? (
        <Empty>
          Its manifest is not here, so its layers are not known. The next pull fetches it.
        </Empty>
      ) : (
        manifest.platforms.map((platform, index) => (
          <PlatformPart
            key={`${platform.platform} ${platform.digest}`}
            platform={platform}
            isOpen={index === 0 || manifest.platforms.length <= 2}
          />
        ))
      )}
    </Card>
  );
}

function PlatformPart({ platform, isOpen }: { platform: Platform; isOpen: boolean }) {
  const { platform: name, digest, here, layers } = platform;
  const heldLayers = layers.filter((layer) => layer.here);
  const bytes = heldLayers.reduce((sum, layer) => sum + layer.bytes, 0);
  return (
    <details class="platform" open={isOpen && here}>
      <summary>
        <strong>{name === '' ? 'platform not known' : name}</strong> <Digest of={digest} />{' '}
        {here ? (
          <span class="quiet">
            {`${heldLayers.length} of ${formatMany(layers.length, 'blob')} here, ${formatSize(bytes)}`}
          </span>
        ) : (
          <Badge tone="plain">not here</Badge>
        )}
      </summary>
      {layers.length === 0 ? (
        <Empty>Nobody has pulled this platform, so its layers are not known.</Empty>
      ) : (
        <Table
          caption={`Config and layers of ${name}`}
          columns={COLUMNS}
          rows={layers}
          keyOf={(layer) => layer.digest}
        />
      )}
    </details>
  );
}
