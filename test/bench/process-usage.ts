/** What a process has used, as the kernel says. Linux only. */
import { readFileSync } from 'node:fs';

/** The unit of the CPU times in /proc, of which a second has a hundred on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** CPU seconds of all its threads, user and system, and the bytes that it has in memory. */
export function processUsage(pid: number): { readonly cpu: number; readonly rss: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The fields 14, 15 and 24, of which the second may hold blanks.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = Number.NaN, system = Number.NaN, pages = Number.NaN] = [fields[11], fields[12], fields[21]];
  return { cpu: (user + system) / TICKS_PER_SECOND, rss: pages * PAGE_BYTES };
}
