/** A piece of software, as CycloneDX 1.6 describes it (`components[]`). */
export interface Component {
  readonly type: 'application' | 'library' | 'operating-system';
  /** Unique in the document. */
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  /** The package URL, by which scanners look for known faults. */
  readonly purl?: string;
  /** The name of the product in the national database of vulnerabilities. */
  readonly cpe?: string;
  readonly licenses?: readonly [{ readonly expression: string }];
  /** Parts that are built into it. */
  readonly components?: readonly Component[];
}

/** A component that is known by its package URL. */
export function describePackage(
  purl: string,
  { type = 'library', ...rest }: Omit<Component, 'bom-ref' | 'purl' | 'type'> & Partial<Component>,
): Component {
  return { ...rest, type, 'bom-ref': purl, purl };
}

/**
 * A version or a qualifier in a package URL. A colon stays as it is.
 * Source: the purl specification, "Character encoding".
 */
export function encodePurl(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':');
}
