/** Writes the configuration table between its markers in the README. `npm run generate` runs it; a test holds the two equal. */
import { readFileSync, writeFileSync } from 'node:fs';
import { configTable } from './src/config/config.ts';

const readme = new URL('../README.md', import.meta.url);
const text = readFileSync(readme, 'utf8');
const between = /(<!-- generated:configuration -->\n)[\s\S]*?(<!-- \/generated:configuration -->)/;
if (!between.test(text)) throw new Error('README.md has no markers for the configuration table');
writeFileSync(
  readme,
  text.replace(between, (_, before: string, after: string) => `${before}\n${configTable()}\n\n${after}`),
);
