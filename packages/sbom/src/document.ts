import { createHash } from 'node:crypto';
import type { Component } from './component.ts';

/**
 * The document of CycloneDX 1.6. The same software makes the same bytes, so it has no time of its
 * making, and its serial number is made from its content.
 *
 * @param version - Of the appliance.
 */
export function formatDocument(version: string, components: readonly Component[]): string {
  const purl = `pkg:generic/registry-cache@${version}`;
  const content = {
    metadata: {
      component: {
        type: 'container',
        'bom-ref': purl,
        name: 'registry-cache',
        version,
        purl,
        licenses: [{ expression: 'Apache-2.0' }],
      },
    },
    components: components.map(sortParts).toSorted(compare),
  };
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${makeUuid(JSON.stringify(content))}`,
    version: 1,
    ...content,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function sortParts(component: Component): Component {
  const { components } = component;
  return components ? { ...component, components: components.toSorted(compare) } : component;
}

/** By code units, so that no language of the machine counts. */
function compare({ 'bom-ref': one }: Component, { 'bom-ref': other }: Component): number {
  return one < other ? -1 : Number(one > other);
}

/** A UUID of version 8, whose bits are a hash (RFC 9562, 5.8). */
function makeUuid(content: string): string {
  const bytes = createHash('sha256').update(content).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
