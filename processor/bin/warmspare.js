#!/usr/bin/env node
// Says clearly that Node is too old, in syntax that an old Node can read, before anything newer is loaded.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(
    `warmspare needs Node.js 22.15 or newer (it uses the built-in SQLite); this is ${process.version}. ` +
      'Install a newer Node.js, for instance from https://nodejs.org, and run the command again.\n',
  );
  process.exitCode = 2;
} else {
  import('../bundle/cli.js');
}
