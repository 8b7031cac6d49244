/** Text from files made safe for the documents it is put into. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for HTML and XML, in content and in quoted attributes; control characters become spaces. */
export function escapeMarkup(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what XML does not allow
  const clean = text.replace(/[\u0000-\u001f\u007f\ufffe\uffff]|\p{Surrogate}/gu, ' ');
  return clean.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** A figure in at most four significant digits; a word where it is undefined. */
export function figureText(value: number | null): string {
  return value === null ? 'undefined' : Number(value.toPrecision(4)).toString();
}
