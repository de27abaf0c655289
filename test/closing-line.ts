/**
 * Sums vitest's JSON reports into the line that closes a CI run: "N passed, N failed". A file that failed to load and a
 * step that failed outside the tests count as one failure. Arguments: the exit code so far, then the reports.
 */
import { existsSync, readFileSync } from 'node:fs';

interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

const [status, ...paths] = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const path of paths.filter((one) => existsSync(one))) {
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  passed += report.numPassedTests;
  failed += Math.max(report.numFailedTests + unloaded.length, report.success ? 0 : 1);
}
if (status !== '0' && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || passed === 0) process.exitCode = 1;
