/** Whether an If-None-Match header lists this ETag, weak or strong. Source: RFC 9110, 13.1.2. */
export function listsEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(etag) || tags.includes('*');
}
