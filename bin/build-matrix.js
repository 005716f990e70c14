#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  console.error(
    `error: build-matrix needs Node 22.13 or newer, and this is Node ${process.versions.node}`,
  );
  console.error('help: install a newer Node, such as with `nvm install 24`');
  process.exit(3);
}
await import('../dist/cli/main.js');
