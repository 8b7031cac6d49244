/** Imports flow one way (docs/architecture.md): each room may import those below it and nothing else. */
const rooms = {
  protocol: [],
  'common/node': ['protocol'],
  'server/files': ['protocol', 'common/node'],
  'server/method': ['protocol'],
  'server/metrics': ['protocol', 'server/method'],
  'server/engines': ['protocol', 'server/method', 'server/files'],
  'server/data': ['protocol', 'common/node', 'server/files'],
  'server/runs': [
    'protocol',
    'common/node',
    'server/files',
    'server/method',
    'server/metrics',
    'server/engines',
    'server/data',
  ],
  'server/report': [
    'protocol',
    'server/files',
    'server/method',
    'server/metrics',
    'server/data',
    'server/runs',
  ],
  'server/cli': [
    'protocol',
    'common/node',
    'server/files',
    'server/data',
    'server/runs',
    'server/report',
  ],
  'server/language': [
    'protocol',
    'common/node',
    'server/files',
    'server/metrics',
    'server/data',
    'server/runs',
    'server/report',
  ],
  extension: ['protocol', 'common/node'],
  'webview-ui': ['protocol'],
};

const arrows = Object.entries(rooms).map(([room, below]) => ({
  name: `${room} imports only what is below it`,
  severity: 'error',
  from: { path: `^${room}/` },
  to: {
    path: '^(protocol|common|server|extension|webview-ui|test|bench|scripts)/',
    pathNot: [room, ...below].map((name) => `^${name}/`),
  },
}));

const packages = [
  ['server/method', ['@tensorflow/tfjs-core']],
  ['protocol', ['vscode-jsonrpc', 'zod']],
  ['common/node', ['zod']],
  ['server/metrics', []],
].map(([room, allowed]) => ({
  name: `${room} uses no package but ${allowed.join(', ') || 'none'}`,
  severity: 'error',
  from: { path: `^${room}/` },
  to: {
    dependencyTypes: ['npm', 'npm-dev', 'npm-optional'],
    ...(allowed.length === 0 ? {} : { pathNot: allowed.map((name) => `node_modules/${name}/`) }),
  },
}));

module.exports = {
  forbidden: [
    ...arrows,
    ...packages,
    {
      name: 'no circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js'] },
  },
};
