/** What is used of sax, which brings no types of its own. */
declare module 'sax' {
  interface Tag {
    readonly name: string;
    readonly attributes: Readonly<Record<string, string>>;
  }
  interface Parser {
    onopentag: ((tag: Tag) => void) | undefined;
    ontext: ((text: string) => void) | undefined;
    onclosetag: ((name: string) => void) | undefined;
    ondoctype: ((text: string) => void) | undefined;
    onerror: ((error: Error) => void) | undefined;
    readonly line: number;
    write(text: string): Parser;
    close(): Parser;
  }
  const sax: {
    parser(strict: boolean, options?: { readonly position?: boolean }): Parser;
    /** Characters of one text or attribute; a setting of the whole module. */
    MAX_BUFFER_LENGTH: number;
  };
  export default sax;
}
