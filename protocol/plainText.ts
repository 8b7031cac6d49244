/** Sentences as they are shown where no markup is drawn: in notifications, problems, lists and pages. */

/** What a terminal's reader sees between backticks, such as a command to type, in quotation marks. */
export const plainText = (text: string): string => text.replace(/`([^`\n]+)`/g, '"$1"');
