/** The version of this program, as run folders and reports name it; a test compares it with package.json. */
export const segdecVersion = '0.1.0';
