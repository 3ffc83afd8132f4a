/** The document that a browser shows in place of the page. */
export interface Notice {
  /** Plain text, which may have words of clients. */
  readonly message: string;
  readonly links: readonly NoticeLink[];
}

export interface NoticeLink {
  /** A path of this server. */
  readonly path: string;
  readonly label: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
};

/** HTML without scripts, styles and files: it is shown to whoever may not see the page, too. */
export function formatNotice({ message, links }: Notice): string {
  const anchors = links.map(({ path, label }) => `<a href="${path}">${escapeHtml(label)}</a>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>registry-cache</title>
<h1>registry-cache</h1>
<p>${escapeHtml(message)}</p>
<p>${anchors.join(' · ')}</p>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
