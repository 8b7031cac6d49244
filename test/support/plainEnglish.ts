/** Sentences as VS Code shows them in English, for modules that are given their language. */

export const plainEnglish = {
  t: (message: string, ...args: (string | number)[]): string =>
    message.replace(/\{(\d+)\}/g, (_, place: string) => String(args[Number(place)] ?? '')),
};
