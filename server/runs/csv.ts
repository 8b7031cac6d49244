/** One CSV field as RFC 4180 has it; files of data are verbatim (guarding is for spreadsheets). */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
