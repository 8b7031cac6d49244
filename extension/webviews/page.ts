/** The HTML of a web view: nothing but a script and a style sheet of ours, under a policy that forbids all else. */

/** What the page is made of; all addresses as the web view may load them. */
export interface PageParts {
  readonly title: string;
  readonly language: string;
  readonly script: string;
  readonly style: string;
  /** The origin of the extension's and the cache's files (`webview.cspSource`). */
  readonly source: string;
  /** Fresh for each page, so that no other script can name it. */
  readonly nonce: string;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** No inline style either: uPlot and our own code set styles through the DOM, which no policy concerns. */
export function contentPolicy(source: string, nonce: string): string {
  return [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${source}`,
    `img-src ${source}`,
    `font-src ${source}`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
}

export function pageHtml(parts: PageParts): string {
  const { title, language, script, style, source, nonce } = parts;
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(contentPolicy(source, nonce))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escapeHtml(style)}">
<title>${escapeHtml(title)}</title>
</head>
<body>
<main id="root"></main>
<script nonce="${escapeHtml(nonce)}" src="${escapeHtml(script)}"></script>
</body>
</html>
`;
}
