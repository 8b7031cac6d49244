/** Chromium as tests start it: silent by itself, so that what is left in a list of requests is the page's. */

/** Its own services are sent here, where nobody answers. */
const nowhere = 'http://127.0.0.1:9';

export const quietArguments = [
  `--autofill-server-url=${nowhere}`,
  `--component-updater=url-source=${nowhere}`,
  `--gaia-url=${nowhere}`,
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
  // Tests run as root in containers, where the sandbox cannot start.
  '--no-sandbox',
];
