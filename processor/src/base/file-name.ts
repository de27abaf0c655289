/** Whether SQLite takes a path for a file: it has names for databases in memory, and URIs. */
export function namesFile(path: string): boolean {
  return path !== '' && !path.startsWith('file:') && !path.includes(':memory:');
}
